"""The theme studio, for the client's designer and for the consultancy: colours, what the contrast check says, how it looks."""

import json
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, render_template, request
from msgspec.structs import asdict, replace
from werkzeug.wrappers import Response as Answer

from services.portal.answers import see_other
from services.portal.areas.workbook.pages import file_of
from services.portal.clients.base import ApiProblem
from services.portal.clients.publishing import theming
from services.portal.forms.edits import edited, what_was_sent
from services.portal.forms.fields import as_sent, not_complete
from services.portal.forms.files import TOKENS, FileRefused, file_in, picture_in
from services.portal.look.style import forget_styles
from services.portal.menu import N_
from shared.contracts.api.publishing_theming import (
    LookChecked,
    Sample,
    ThemeInForce,
    Tokens,
    TokensToSave,
    Verdict,
)
from shared.languages import _, gettext
from shared.web.cleaning import cleaned_through
from shared.web.json_text import json_in

COLOURS = {
    "brand": N_("Brand: the header, the main act, the cover"),
    "brand-on": N_("Text on the brand colour"),
    "accent": N_("Accent: marks for here and now"),
    "accent-text": N_("Small accents in text"),
    "tint": N_("Quiet surfaces"),
}
NAMES = {
    "brand": N_("brand"),
    "brand-on": N_("text on brand"),
    "accent": N_("accent"),
    "accent-text": N_("accent in text"),
    "tint": N_("quiet surface"),
    "surface": N_("white"),
    "paper": N_("paper"),
    "ink": N_("ink"),
    "ink-soft": N_("soft ink"),
}
PICTURES = ("logo", "cover")


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(prefix, "save", save, methods=["POST"])
    pages.add_url_rule(f"{prefix}/check", "check", check, methods=["POST"])
    pages.add_url_rule(f"{prefix}/page.png", "page", page)
    pages.add_url_rule(f"{prefix}/tokens.json", "tokens", tokens)


def show() -> str:
    return studio(theming.theme())


def studio(theme: LookChecked, sentence: str = "", wrong: dict[str, str] | None = None) -> str:
    """The studio with these colours, saved or not yet; `wrong` says by field what is wrong with a file."""
    in_words = {"colours": COLOURS, "names": NAMES, "wrong": wrong or {}}
    return render_template("theme/studio.html", theme=theme, sentence=sentence, **in_words)


def save() -> Answer | tuple[str, int]:
    """One form, four acts: save, only check, take all offered colours, read a tokens file."""
    act = request.form.get("act", "save")
    try:
        wanted, was = wanted_tokens(act), what_was_sent()
        if act in ("check", "mend"):
            checked = theming.check_theme(Tokens(tokens=wanted))
            colours = checked.mended if act == "mend" else checked.colours
            mended = tokens_of(colours, pictures_of(wanted))
            return studio(theming.check_theme(Tokens(tokens=mended))), 200
        theming.save_theme(TokensToSave(tokens=wanted, was=was))
        forget_styles()
    except FileRefused as refusal:
        wrong = {"tokens" if act == "import" else "cover_file": str(refusal)}
        return studio(as_typed(theming.theme()), wrong=wrong), refusal.status
    except ApiProblem as problem:
        if problem.code == "contrast-too-low":
            return studio(theming.check_theme(Tokens(tokens=wanted)), gettext(problem.detail)), 409
        return studio(as_typed(theming.theme()), gettext(problem.detail)), problem.status
    flash(
        _("The look is saved. Every page wears it from now on, the workbook from its next edition on."),
        "good",
    )
    return see_other(".show")


def wanted_tokens(act: str) -> dict[str, Any]:
    """The tokens that the form asks for; a new cover is taken in first."""
    if act == "import":
        return tokens_in_the_file()
    colours = {name: request.form.get(name, "") for name in COLOURS}
    pictures = {slot: request.form.get(slot, "") for slot in PICTURES} | taken_in()
    if request.form.get("no_cover"):
        pictures["cover"] = ""
    both = edited({"colours": colours, "pictures": pictures})
    return tokens_of(both["colours"], both["pictures"])


def tokens_in_the_file() -> dict[str, Any]:
    if (file := file_in("tokens", TOKENS)) is None:
        raise not_complete("tokens")
    try:
        return cleaned_through(json_in(file.read()))
    except ValueError as error:
        raise FileRefused(_("This file is not JSON. Choose the tokens file that your tool wrote.")) from error


def as_typed(theme: ThemeInForce) -> ThemeInForce:
    """With the colours in the form, refused or not; a tokens file has none there."""
    if "brand" not in request.form:
        return theme
    return replace(theme, colours={name: request.form[name] for name in COLOURS})


def taken_in() -> dict[str, str]:
    picture = picture_in("cover_file")
    return {"cover": picture} if picture else {}


def tokens_of(colours: dict[str, str], pictures: dict[str, str]) -> dict[str, Any]:
    group = {"$type": "color"} | {name: {"$value": value} for name, value in colours.items()}
    return {"color": group, "$extensions": {"polku": {slot: id for slot, id in pictures.items() if id}}}


def pictures_of(wanted: dict[str, Any]) -> dict[str, str]:
    return wanted["$extensions"]["polku"]


def check() -> Response | tuple[Response, int]:
    """For the script: the verdicts while a colour is being chosen."""
    try:
        checked = theming.check_theme(Tokens(tokens=wanted_tokens("check")))
    except ApiProblem as problem:
        return jsonify({"detail": gettext(problem.detail)}), problem.status
    except FileRefused as refusal:
        return jsonify({"detail": str(refusal)}), refusal.status
    verdicts = [asdict(verdict) | {"words": in_words(verdict)} for verdict in checked.verdicts]
    return jsonify({"verdicts": verdicts, "said": verdict_in_words(checked)})


def in_words(verdict: Verdict) -> str:
    if verdict.passes:
        return _("passes")
    name = NAMES[verdict.change or ""]
    offer = {"colour": verdict.nearest, "what": gettext(name)}
    return _("nearest that passes: %(colour)s for %(what)s") % offer


def verdict_in_words(checked: LookChecked) -> str:
    failing = sum(not verdict.passes for verdict in checked.verdicts)
    return (
        _("All pairs can be read.")
        if not failing
        else _("Pairs that cannot be read by everybody: %(number)s") % {"number": failing}
    )


def page() -> Response:
    """The cover of a workbook in the colours of the address."""
    colours = {name: request.args.get(name, "") for name in COLOURS}
    wanted = tokens_of(colours, {"cover": request.args.get("cover", "")})
    about = {"title": _("Our workbook"), "language": g.here.language, "publisher": g.here.tenant.name}
    return file_of(theming.theme_proof(as_sent(Sample, {"tokens": wanted, **about})))


def tokens() -> Response:
    """The look as a W3C Design Tokens file."""
    file = Response(json.dumps(theming.theme().tokens, indent=2), mimetype="application/json")
    file.headers["Content-Disposition"] = f'attachment; filename="{g.here.tenant.slug}.tokens.json"'
    return file
