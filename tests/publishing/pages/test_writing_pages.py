"""The workbook as it is written on the console, by plain forms."""

import io
import re
from uuid import uuid4

import pytest

from services.portal.clients.base import ApiProblem
from services.portal.clients.publishing import writing
from shared.contracts.process import RunPlanned
from shared.problems import TooLarge
from shared.tenancy.sessions import acting_for
from shared.web.file_limits import LARGEST_PICTURE
from tests.publishing.pages.forms import FACTS, a_picture, action, add, hidden, write


def test_before_it_begins_everybody_is_told_what_will_come(henna, tuula, kaisa, rooms, desk, book):
    assert 'id="begin-workbook"' in henna.get(rooms).text
    assert "ei ole vielä aloitettu" in tuula.get(desk).text
    assert "Työkirjaa kirjoitetaan" in kaisa.get(book).text


def test_a_workbook_begins_with_the_themes_of_the_run(henna, rooms, run, ours, avis):
    with acting_for(avis.id):
        ours.hear("survey", RunPlanned(run_id=run, template="hybrid-work", languages=["fi", "sv"]))
    page = henna.get(rooms).text
    assert len(re.findall(r'name="chapter"', page)) == 5


def test_a_workbook_begins_with_the_chapters_of_the_form(henna, rooms):
    chapters = {"chapter": ["Johdanto", "Kokoukset"], "theme": ["", str(uuid4())]}
    assert henna.post(f"{rooms}/begin", data=FACTS | chapters).status_code == 303
    assert len(re.findall(r'href="([^"]+/chapters/[^"]+)"', henna.get(rooms).text)) == 2


def test_a_passage_is_written_with_a_plain_form(henna, begun):
    passage = add(henna, begun, "tip", title="Viiden minuutin väli", text="Päätä kokous viittä vaille.")
    page = henna.get(begun).text
    assert f'id="p-{passage}"' in page and "Päätä kokous viittä vaille." in page


def test_what_staff_wrote_is_shown_and_never_run(henna, begun):
    add(henna, begun, "text", text="<script>alert('1')</script> {{ 7 * 7 }}")
    page = henna.get(begun).text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and "{{ 7 * 7 }}" in page


def test_the_script_saves_in_the_background(henna, begun):
    passage = add(henna, begun, "idea_card", text="Kokeillaan.")
    page = henna.get(begun)
    sent = hidden(page, f"passage-{passage}") | {"title": "Kokoukseton perjantai", "text": "Kokeillaan."}
    saved = henna.post(action(page, f"passage-{passage}"), data=sent, headers={"Accept": "application/json"})
    assert saved.json["lacks"] == [] and saved.json["revision"] == int(sent["base_revision"]) + 1


def test_two_writers_meet_on_the_page_that_compares_their_texts(henna, begun):
    passage = add(henna, begun, "text", text="alku")
    write(henna, begun, passage, text="Liisan teksti", base=2)
    answer = write(henna, begun, passage, text="Sarin teksti", base=2)
    assert answer.status_code == 303 and "/history?old=" in answer.headers["Location"]
    page = henna.get(answer.headers["Location"])
    assert (
        "<del>Liisan</del>" in page.text and "<ins>Sarin</ins>" in page.text and "jätetty sivuun" in page.text
    )
    kept = re.search(r"new=(\d+)", answer.headers["Location"])[1]
    henna.post(action(page, f"restore-{kept}"), data={"revision": kept})
    assert "Sarin teksti" in henna.get(begun).text


def test_a_figure_that_cannot_be_read_is_refused_where_it_was_typed(henna, begun):
    passage = add(henna, begun, "figure", title="Tulos", rows="Väli; 82")
    refused = write(henna, begun, passage, title="Tulos", rows="Väli; 82\nKamerat; paljon")
    assert refused.status_code == 422 and "Kamerat; paljon” ei ole" in refused.text
    assert re.search(r"<textarea[^>]*>\s*Väli; 82\r?\nKamerat; paljon</textarea>", refused.text)


def test_a_picture_is_taken_in_and_asks_for_its_words(henna, begun):
    passage = add(henna, begun, "image", file=(io.BytesIO(a_picture()), "kuva.png"))
    page = henna.get(begun)
    assert "Kerro sanoin, mitä kuvassa on." in page.text
    address = re.search(r'src="([^"]+/pictures/[^"]+)"', page.text)[1]
    assert henna.get(address).mimetype == "image/png"
    write(henna, begun, passage, alt="Sininen suorakaide")
    assert "Kerro sanoin, mitä kuvassa on." not in henna.get(begun).text


def test_a_picture_that_is_refused_is_refused_at_its_field_and_its_words_stay(henna, begun):
    passage = add(henna, begun, "image")
    typed = {"alt": "Kaisa ja Pekka kokouksessa", "caption": "Syksyn <kokous>"}
    heic = (io.BytesIO(b"\0\0\0\x18ftypheic" + bytes(50)), "IMG_0001.HEIC")
    refused = write(henna, begun, passage, file=heic, **typed)
    about = re.search(rf'<div id="file-{passage}-about">.*?</div>', refused.text, re.DOTALL)[0]
    assert refused.status_code == 422 and "HEIC-valokuva" in about
    assert 'value="Kaisa ja Pekka kokouksessa"' in refused.text and "Syksyn &lt;kokous&gt;" in refused.text
    too_large = (io.BytesIO(b"x" * (LARGEST_PICTURE + 1)), "kuva.jpg")
    refused = write(henna, begun, passage, file=too_large, **typed)
    assert refused.status_code == 413 and "suurempi kuin 25 Mt" in refused.text
    assert 'value="Kaisa ja Pekka kokouksessa"' in refused.text


LINES = "\r\n".join(["a"] * 10_000)  # as browsers send them: 29,998 letters


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("alt", "🙂" * 400, "🙂" * 400),
        ("alt", "a\u0308" * 400, "ä" * 400),
        ("text", LINES + "a", LINES.replace("\r\n", "\n") + "a"),
    ],
)
def test_a_text_is_as_long_as_it_looks_whatever_it_is_written_with(henna, begun, name, text, kept):
    """A letter, an emoji and a line end are one each: what the browser counts (limits.js) and the page says is taken."""
    passage = add(henna, begun, {"alt": "image", "text": "text"}[name], **{name: text})
    assert kept in henna.get(begun).text.replace("\r\n", "\n")
    too_long = write(henna, begun, passage, **{name: text + "a"})
    assert too_long.status_code == 422 and "pidempi kuin sen kenttään mahtuu" in too_long.text
    assert f'id="{name}-{passage}-wrong"' in too_long.text, "it is said at the field"
    assert kept + "a" in too_long.text.replace("\r\n", "\n").replace("a\u0308", "ä")


def test_how_long_a_text_may_be_is_said_beside_its_field(henna, begun):
    passage = add(henna, begun, "principle", title="Jokainen kuuluu mukaan")
    page = henna.get(begun).text
    about = re.search(rf'<div id="title-{passage}-about">.*?</div>', page, re.DOTALL)[0]
    control = re.search(rf'<input id="title-{passage}"[^>]*>', page)[0]
    assert "Enintään 2\xa0000 merkkiä." in about
    assert f'aria-describedby="title-{passage}-about"' in control and 'maxlength="2000"' in control


def test_an_outcome_as_long_as_outcomes_may_be_becomes_a_principle(henna, begun):
    passage = add(henna, begun, "principle", title="Sovimme yhdessä. " * 117)
    assert "Sovimme yhdessä. Sovimme yhdessä." in henna.get(begun).text
    assert write(henna, begun, passage, title="a" * 2001).status_code == 422


@pytest.mark.parametrize("problem", [ApiProblem.away(), ApiProblem(413, "too-large", TooLarge().sentence)])
def test_what_a_service_could_not_take_comes_back_in_a_form_that_sends_it_again(
    henna, begun, rooms, monkeypatch, problem
):
    def take_nothing(*sent):
        raise problem

    monkeypatch.setattr(writing, "open_chapter", take_nothing)
    refused = henna.post(f"{rooms}/chapters", data={"title": "Kokoukset ja tauot"})
    assert refused.status_code == problem.status and "data-given-back" in refused.text
    assert 'value="Kokoukset ja tauot"' in refused.text


def test_the_printed_page_is_a_picture_of_the_draft(henna, begun):
    add(henna, begun, "text", text="Proosaa")
    address = re.search(r'id="proof" src="([^"]+)"', henna.get(begun).text)[1].replace("&amp;", "&")
    proof = henna.get(address)
    assert proof.mimetype == "image/png" and int(proof.headers["X-Pages"]) == 1
    assert henna.get(f"{begun.partition('/chapters')[0]}/draft.pdf").data.startswith(b"%PDF")


def test_of_two_who_name_the_workbook_the_second_sees_both_names(henna, rooms, begun):
    first, second = henna.get(rooms), henna.get(rooms)
    assert henna.submit(first, "workbook-facts", title="Meidän työkirja").status_code == 303
    assert henna.submit(second, "workbook-facts", subtitle="Kevät").status_code == 303
    refused = henna.submit(second, "workbook-facts", title="Työkirja")
    assert refused.status_code == 409 and '<p class="words">Meidän työkirja</p>' in refused.text
    assert 'value="Työkirja"' in refused.text
