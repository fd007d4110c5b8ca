"""Puts a refusal where the person looks: its sentence before the form that was sent, what is wrong with a field at that field.

Pages declare nothing. A service names the fields of what it refuses (shared/web/service.py); here they are found again, by their names, in the
page that answers or in the one that the browser is led back to.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, request, session
from lxml import html
from lxml.html import builder as E

from services.portal.forms.validation_words import CHOICE, MOMENT, NUMBER, TEXT, messages_in, said_of

REFUSED = "refused"
REFUSES = (200, 404, 409, 422)  # in place; of what could not be read, nothing can be said at a form
MOST = 12  # fields, and marks of a form: they travel in a cookie where the page is another
SEEN = "not(@type) or not(contains(' hidden submit button image reset ', concat(' ', @type, ' ')))"
CONTROLS = f".//input[{SEEN}] | .//select | .//textarea"
FORMS = "//main//form[@method='post'][not(ancestor::template)]"
MOMENTS = dict.fromkeys(("date", "time", "datetime-local"), MOMENT)
KINDS = {"radio": CHOICE, "checkbox": CHOICE, "number": NUMBER} | MOMENTS


def note(errors: Mapping[str, Any]) -> None:
    """Remembers what a service said is wrong with the fields of the act that this request is."""
    g.wrong_fields = [([*path], message) for path, message in messages_in(errors)][:MOST]


def tell_at_the_form(sentence: str) -> None:
    """Has the next page say it, at the form that was sent now."""
    wrong = g.get("wrong_fields", [])
    session[REFUSED] = {
        "sentence": sentence,
        "path": request.path,
        "marks": marks_of_the_form(),
        "wrong": wrong,
    }


def marks_of_the_form() -> list[list[str]]:
    """Returns what tells the form that was sent from others of its kind on the page: its act and the ids in it, nobody's words."""
    sent = [[name, value] for name, value in request.form.items(multi=True) if name != "once"]
    return [pair for pair in sent if pair[0] == "act" or is_id(pair[1])][:MOST]


def is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def place_refusals(app: Flask) -> None:
    app.after_request(put_into_the_page)


def put_into_the_page(answer: Response) -> Response:
    if is_whole_page(answer) and (told := told_here(answer)):
        page = html.document_fromstring(answer.get_data(as_text=True))
        Refusal(page, **told).put()
        answer.set_data(html.tostring(page, encoding="unicode", doctype="<!doctype html>"))
    return answer


def is_whole_page(answer: Response) -> bool:
    is_html = answer.mimetype == "text/html" and not answer.is_streamed and not answer.direct_passthrough
    return is_html and b'id="content"' in answer.get_data()


def told_here(answer: Response) -> dict[str, Any] | None:
    """Returns what was refused: by this very answer, or by the one that led here."""
    refuses = answer.status_code in REFUSES and (
        b'id="refusal"' in answer.get_data() or g.get("wrong_fields")
    )
    if request.method == "POST" and refuses:
        return {"path": request.path, "marks": marks_of_the_form(), "wrong": g.get("wrong_fields", [])}
    led_here = request.method == "GET" and answer.status_code == 200 and REFUSED in session
    return session.pop(REFUSED) if led_here else None


class Refusal:
    """An act that was refused, on the page where that is to be seen."""

    def __init__(self, page: Any, path: str, marks: list[Any], wrong: list[Any], sentence: str = ""):
        self.page, self.path, self.wrong, self.sentence = page, path, wrong, sentence
        self.marks = {(name, value) for name, value in marks}
        self.form = max(self.forms(), key=self.likeness, default=None)

    def put(self) -> None:
        notice = self.notice()
        placed = [] if self.form is None else [*self.at_their_fields()]
        if notice is not None and self.form is not None:
            lead_to(placed, notice)
            bring_before(notice, self.form)

    def forms(self) -> list[Any]:
        """Returns the forms that lead to the act."""
        return [form for form in self.page.xpath(FORMS) if path_of(form) in (self.path, "")]

    def likeness(self, form: Any) -> int:
        """Fields that are refused count more than what the form sends by itself."""
        sends = {
            (tag.get("name"), tag.get("value")) for tag in form.xpath(".//input | .//button | .//option")
        }
        fields = sum(control_for(path, form) is not None for path, _message in self.wrong)
        return (MOST + 1) * fields + len(self.marks & sends)

    def notice(self) -> Any:
        """The refusal that the page says by itself, or one made of the sentence that it was sent with."""
        refusal = self.page.get_element_by_id("refusal", None)
        if refusal is not None or not self.sentence:
            return refusal
        how = {"class": "notice stop", "role": "alert", "id": "refusal", "tabindex": "-1"}
        made = E.DIV(E.P(self.sentence), how)
        for flashes in self.page.find_class("flashes"):
            flashes.append(made)
        return made

    def at_their_fields(self) -> Iterator[tuple[str, str, str]]:
        """Yields each control at which something was said: its id, what it is called, and the sentence."""
        for path, message in self.wrong:
            if (control := control_for(path, self.form)) is not None:
                control.set("id", control.get("id") or f"field-{'-'.join(path)}")
                name, sentence = called(control), said_of(path, message, kind_of(control))
                say_at(control, sentence)
                yield control.get("id"), name, sentence


def path_of(form: Any) -> str:
    """Returns where the form leads; without an address, to the page that it is on."""
    return form.get("action", "").split("?")[0].split("#")[0] or (
        request.path if "action" not in form.attrib else ""
    )


def control_for(path: list[str], form: Any) -> Any:
    controls = {tag.get("name"): tag for tag in reversed(form.xpath(CONTROLS)) if tag.get("name")}
    return next((controls[name] for name in names_for(path) if name in controls), None)


def names_for(path: list[str]) -> Iterator[str]:
    """How a form of ours may call the field: what is `words` in `fi` for the service is words_fi, words-fi, fi or words."""
    names = [name for name in path if not name.isdigit()]
    yield from ("_".join(names), "-".join(names), *reversed(names))
    for name in names:
        yield from (name.removesuffix("s"), f"{name}s")


def kind_of(control: Any) -> str:
    return CHOICE if control.tag == "select" else KINDS.get(control.get("type", ""), TEXT)


def set_of(control: Any) -> Any:
    """The fieldset of choices, which is labelled and described as a whole; None for what stands alone."""
    is_choice = control.get("type") in ("radio", "checkbox")
    return next(control.iterancestors("fieldset"), None) if is_choice else None


def called(control: Any) -> str:
    """Returns the label of the field."""
    group = set_of(control)
    labels = control.getroottree().xpath("//label[@for=$id]", id=control.get("id"))
    names = (
        [*group.iterchildren("legend")] if group is not None else [*labels, *control.iterancestors("label")]
    )
    words = "".join(names[0].itertext()) if names else control.get("aria-label", "")
    return " ".join(words.split()).rstrip(":")


def say_at(control: Any, sentence: str) -> None:
    """Before the control, or under the legend of its set, and tied to it; a page that says it by itself has said it."""
    group = set_of(control)
    described = control if group is None else group
    if described.get("aria-invalid") == "true" or "data-wrong" in control.attrib:
        return
    note = E.SPAN(sentence, {"class": "wrong", "id": f"{control.get('id')}-wrong"})
    described.set("aria-describedby", f"{described.get('aria-describedby', '')} {note.get('id')}".strip())
    control.set("data-wrong", "")
    if group is None:
        control.set("aria-invalid", "true")
        put_before(note, next(control.iterancestors("label"), control))
    else:
        group.insert(1 if group.find("legend") is not None else 0, note)


def lead_to(placed: list[tuple[str, str, str]], notice: Any) -> None:
    """From the refusal to the fields, except for what it says itself."""
    links = [(id, name, sentence) for id, name, sentence in placed if sentence not in notice.text_content()]
    if links:
        notice.append(
            E.UL(
                *(
                    E.LI(E.A(f"{name}: {sentence}".lstrip(": "), href=f"#{id}"))
                    for id, name, sentence in links
                )
            )
        )


def put_before(made: Any, tag: Any) -> None:
    tag.getparent().insert(tag.getparent().index(tag), made)


def bring_before(notice: Any, form: Any) -> None:
    """Near the form, which is opened where it is folded away. What a script renews stays in its place."""
    if not notice.xpath("ancestor::*[@data-part]") and form not in notice.iterancestors():
        notice.drop_tree()
        put_before(notice, form)
    for folded in form.iterancestors("details"):
        folded.set("open", "")
