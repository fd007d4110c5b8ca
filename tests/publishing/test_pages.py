"""The workbook on pages: written on the console, approved on the desk, read by everybody, all by plain forms."""

import io
import re
from uuid import UUID, uuid4

import pytest
from PIL import Image

from services.portal.clients.base import ApiProblem
from services.portal.clients.notification import notification
from services.portal.clients.publishing import publishing, writing
from services.publishing import sources, workbooks
from services.publishing.content import IdeaCard, Principle
from shared.contracts.api.notification import Readers
from shared.contracts.api.publishing import LaunchToPlan
from shared.contracts.api.publishing_writing import ChapterToOpen, WorkbookToBegin
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.database import sessions_of
from shared.problems import TooLarge
from shared.tenancy.sessions import acting_for
from shared.web.file_limits import LARGEST_PICTURE
from tests import worlds
from tests.conftest import World
from tests.identity.houses import grant
from tests.process.paths import path_at
from tests.survey.conftest import let_all_leave


@pytest.fixture
def henna(browse, consultancy, avis):
    """A lead of the consultancy, let into the client's rooms."""
    browser = browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")
    grant(avis, consultancy, consultancy.member(browser.cookie("visit")), "lead", "editor")
    return browser


@pytest.fixture
def tuula(browse, avis):
    """The client's coordinator."""
    return browse(avis, "Tuula", roles=["coordinator"])


@pytest.fixture
def aino(browse, avis):
    """The client's designer."""
    return browse(avis, "Aino", roles=["designer"])


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa Korhonen")


@pytest.fixture
def ours(avis, world):
    """The worker's view of this organisation."""
    return World(avi=avis.id, kela=world.kela)


@pytest.fixture
def run(ours, avis, consultancy):
    run = worlds.planned(avis.id, consultancy.id)
    with acting_for(avis.id):
        ours.hear("publishing", RunPlanned(run_id=run, template="hybrid-work", languages=["fi", "sv"]))
    return run


@pytest.fixture
def rooms(avis, run):
    return f"/clients/{avis.slug}/runs/{run}/writing"


@pytest.fixture
def desk(run):
    return f"/desk/runs/{run}/workbook"


@pytest.fixture
def book(run):
    return f"/runs/{run}/workbook"


FACTS = {"title": "Yhteinen työkirja", "publisher": "Aluevirasto", "language": "fi", "subtitle": ""}


@pytest.fixture
def begun(run, rooms, avis):
    """The workbook has begun; the answer is the address of its second chapter."""
    chapters = [ChapterToOpen(title="Johdanto"), ChapterToOpen(title="Kokoukset", theme_id=uuid4())]
    with acting_for(avis.id), sessions_of("publishing").begin() as session:
        workbook = workbooks.begin(session, run, uuid4(), WorkbookToBegin(chapters=chapters, **FACTS))
        return f"{rooms}/chapters/{workbook.passages[1].id}"


def action(page, form: str) -> str:
    """Where a form with this id is sent to."""
    tag = re.search(rf'<form[^>]*id="{form}"[^>]*>', page.text)
    assert tag, f"no form {form}"
    return re.search(r'action="([^"]+)"', tag[0])[1]


def hidden(page, form: str) -> dict[str, str]:
    """What a form sends along by itself."""
    inside = re.search(rf'<form[^>]*id="{form}".*?</form>', page.text, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))


def chapter_of(address: str) -> str:
    return address.rpartition("/")[2]


def add(browser, chapter: str, kind: str, **typed) -> str:
    """A passage of this kind with these words; the answer is its id."""
    page = browser.get(chapter)
    added = browser.post(action(page, "add-passage"), data={"chapter_id": chapter_of(chapter), "kind": kind})
    passage = added.headers["Location"].rpartition("#p-")[2]
    assert write(browser, chapter, passage, **typed).status_code == 303
    return passage


def write(browser, chapter: str, passage: str, base: int | None = None, **typed):
    page = browser.get(chapter)
    sent = hidden(page, f"passage-{passage}") | typed
    if base is not None:
        sent["base_revision"] = base
    return browser.post(action(page, f"passage-{passage}"), data=sent, content_type="multipart/form-data")


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


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "#336699").save(file, "PNG")
    return file.getvalue()


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


@pytest.fixture
def view(run, ours, avis):
    """Kaisa's view on a theme, in the source panel with its place."""
    with acting_for(avis.id):
        ours.hear("survey", RunPlanned(run_id=run, template="hybrid-work", languages=["fi", "sv"]))
        ours.hear(
            "survey",
            PhaseOpened(
                run_id=run,
                phase="views",
                activities=["give_views"],
                settings={"give_views.moderation": "after"},
            ),
        )
        survey = ours.door("survey").as_("participant", run_id=run, purpose="survey")
        theme = survey.get(f"/runs/{run}/collecting").json["themes"][0]["id"]
        given = survey.post(
            f"/themes/{theme}/views", json={"text": "Etänä olevat unohtuvat.", "language": "fi"}
        )
        assert given.status_code == 201, given.json
        let_all_leave(run)
        facts = {"run_id": run, "kind": "view", "theme_id": theme, "place": 1, "readings": 41}
        with sessions_of("publishing").begin() as session:
            sources.put(session, [{"id": given.json["view"]["id"]} | facts])
    return given.json["view"]["id"]


def test_a_view_becomes_a_quote_with_one_press_and_is_cleared_beside_its_source(
    henna, tuula, begun, view, desk
):
    page = henna.get(f"{begun}?sources=all")
    assert "Etänä olevat unohtuvat." in page.text and "luettu noin 41 kertaa tai useammin" in page.text
    sent = hidden(page, f"use-{view}") | {"source": view}
    passage = henna.post(action(page, f"use-{view}"), data=sent).headers["Location"].rpartition("#p-")[2]
    quotes = tuula.get(f"{desk}/quotes")
    assert quotes.text.count("Etänä olevat unohtuvat.") == 2
    tuula.post(
        action(quotes, f"clear-{passage}"),
        data=hidden(quotes, f"clear-{passage}")
        | {"identifiability": "cleared", "wording": "cleared", "note": "Ok."},
    )
    assert "kaikki sitaatit on hyväksytty" in tuula.get(f"{desk}/quotes").text


def test_a_quote_changed_meanwhile_comes_back_with_what_was_typed(henna, tuula, begun, view, desk):
    page = henna.get(f"{begun}?sources=all")
    sent = hidden(page, f"use-{view}") | {"source": view}
    passage = henna.post(action(page, f"use-{view}"), data=sent).headers["Location"].rpartition("#p-")[2]
    quotes = tuula.get(f"{desk}/quotes")
    before = {"revision": "7", "identifiability": "cleared", "wording": "cleared", "note": "Kysyin häneltä."}
    refused = tuula.post(action(quotes, f"clear-{passage}"), data=before)
    assert refused.status_code == 409 and "Mitään ei päätetty" in refused.text
    assert 'value="Kysyin häneltä."' in refused.text
    assert "kaikki sitaatit on hyväksytty" not in tuula.get(f"{desk}/quotes").text


WRITTEN = (
    Principle(title="Jokainen kuuluu mukaan", text="Yksi yhteinen tila."),
    IdeaCard(title="Kokoukseton perjantai", text="Kokeillaan kolme kuukautta."),
)


@pytest.fixture
def approved(run, begun, avis):
    """A principle and an idea card, approved by both sides."""
    chapter = UUID(chapter_of(begun))
    with acting_for(avis.id), sessions_of("publishing").begin() as session:
        workbook = workbooks.to_write(session, run)
        for block in WRITTEN:
            workbook.add(block, chapter, uuid4(), [])
        workbook.ask_for_review(uuid4())
        for side in ("consultancy", "client"):
            workbook.approve(side, uuid4(), workbook.version)


def test_both_sides_approve_and_each_sees_who_did(henna, tuula, begun, rooms, desk):
    add(henna, begun, "principle", title="Jokainen kuuluu mukaan", text="Yksi yhteinen tila.")
    henna.post(action(henna.get(rooms), "ask-for-review"))
    for person, place in ((henna, rooms), (tuula, desk)):
        page = person.get(place)
        person.post(action(page, "approve"), data=hidden(page, "approve"))
    for page in (henna.get(rooms), tuula.get(desk)):
        assert "molempien hyväksymä" in page.text and "Tuula" in page.text


def test_a_change_makes_it_a_draft_again(henna, approved, begun, rooms):
    add(henna, begun, "text", text="Vielä yksi asia")
    assert 'id="ask-for-review"' in henna.get(rooms).text


def set_a_launch(person, desk, **form):
    """The run of these tests is still being planned: whoever launches says that they know it."""
    return person.post(
        action(person.get(f"{desk}/editions"), "launch-edition-1"), data={"knowingly": "yes"} | form
    )


@pytest.fixture
def launched(tuula, approved, desk, ours):
    frozen = tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    assert frozen.status_code == 303
    set_a_launch(tuula, desk, at="2026-12-02T09:00")
    ours.let_time_pass("publishing")


def test_a_launch_without_a_minute_is_refused_in_a_sentence(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    refused = set_a_launch(tuula, desk, at="huomenna")
    assert (
        refused.status_code == 422 and 'id="refusal"' in refused.text and 'value="huomenna"' in refused.text
    )


def test_a_launch_in_an_hour_that_does_not_exist_or_far_off_is_asked_back(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    gap = set_a_launch(tuula, desk, at="2027-03-28T03:30")
    assert gap.status_code == 422 and "Tällaista aikaa ei ole" in gap.text
    far = set_a_launch(tuula, desk, at="2036-03-28T09:00")
    assert far.status_code == 422 and 'name="at.meant" value="2036-03-28T09:00"' in far.text
    assert (
        set_a_launch(tuula, desk, at="2036-03-28T09:00", **{"at.meant": "2036-03-28T09:00"}).status_code
        == 303
    )


def test_everybody_reads_the_launched_workbook(kaisa, launched, book):
    page = kaisa.get(book).text
    assert "Yhteinen työkirja" in page and "Jokainen kuuluu mukaan" in page
    assert "Yhteinen periaate" in page  # the book's own words
    assert 'href="#p-' in page and "/threads/" not in page


def test_the_home_page_offers_the_workbook_from_its_launch_on(kaisa, launched, book, run, avis):
    worlds.signed(avis.id, run)
    worlds.moved_on(avis.id, run, "launch")
    page = kaisa.get("/home").text
    assert f'href="{book}"' in page and "Lue työkirja" in page


def test_the_workbook_and_the_cards_are_taken_along(kaisa, launched, book):
    for sheet in ("workbook", "deck"):
        assert kaisa.get(f"{book}/{sheet}.pdf").data.startswith(b"%PDF")


def test_words_are_found_and_marked(kaisa, launched, book):
    page = kaisa.get(f"{book}?q=PERJANTAI").text
    assert "Kokoukseton <mark>perjantai</mark>" in page and "1 kohta, jossa on ”PERJANTAI”" in page
    nothing = kaisa.get(f"{book}?q=%3Cscript%3E").text
    assert "<script>" not in nothing.replace('<script type="module"', "") and 'id="found"' in nothing


def test_a_link_to_a_passage_leads_to_it(kaisa, launched, book):
    passage = re.search(r'class="passage passage-idea-card[^"]*" id="p-([0-9a-f-]+)"', kaisa.get(book).text)[
        1
    ]
    answer = kaisa.get(f"{book}/passages/{passage}")
    assert answer.headers["Location"].endswith(f"/workbook#p-{passage}")


def test_the_idea_cards_are_dealt_one_at_a_time(kaisa, launched, book):
    page = kaisa.get(f"{book}/cards").text
    assert "Kokoukseton perjantai" in page and "Kortti 1 / 1" in page


def test_the_launch_is_taken_back_from_the_desk(tuula, kaisa, launched, desk, book):
    page = tuula.get(f"{desk}/editions")
    assert "avoinna koko henkilöstölle" in page.text
    tuula.post(action(page, "withdraw-1"), data={"reason": "Virhe."})
    assert "Työkirjaa kirjoitetaan" in kaisa.get(book).text
    assert "Virhe." in tuula.get(f"{desk}/editions").text


def test_a_launch_outside_its_phase_says_so_and_goes_on_knowingly(tuula, approved, desk, ours, kaisa, book):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    page = tuula.get(f"{desk}/editions").text
    assert 'id="outside"' in page and "se ei ole julkistuksen vaihe" in page
    assert "/plan/ahead?to=launch" in page and 'name="knowingly"' in page
    for form in ({"at": "2026-12-02T09:00"}, {"now": "yes"}):
        refused = tuula.post(action(tuula.get(f"{desk}/editions"), "launch-edition-1"), data=form)
        assert refused.status_code == 422 and "vaiheensa ulkopuolella" in refused.text
    assert 'value="2026-12-02T09:00"' in set_a_launch(tuula, desk, at="2026-12-02T09:00", knowingly="").text
    ours.let_time_pass("publishing")
    assert "Työkirjaa kirjoitetaan" in kaisa.get(book).text
    assert set_a_launch(tuula, desk, now="yes").status_code == 303


def test_a_launch_in_its_phase_asks_nothing(tuula, approved, desk, monkeypatch):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    run = path_at("read_workbook")
    monkeypatch.setattr("services.portal.areas.workbook.editions.run_of", lambda run_id: run)
    page = tuula.get(f"{desk}/editions").text
    assert 'id="outside"' not in page and 'name="knowingly"' not in page
    assert (
        tuula.post(action(tuula.get(f"{desk}/editions"), "launch-edition-1"), data={"now": "yes"}).status_code
        == 303
    )


def test_after_a_launch_was_taken_back_the_lead_chooses_whom_to_write_to(
    tuula, launched, desk, told, monkeypatch
):
    assert 'name="writes_to"' not in tuula.get(f"{desk}/editions").text
    tuula.post(action(tuula.get(f"{desk}/editions"), "withdraw-1"), data={"reason": "Virhe."})
    numbers = Readers(people=90, not_told=3, told=87)
    monkeypatch.setattr(notification, "readers", lambda edition_id: numbers)
    page = tuula.get(f"{desk}/editions").text
    assert (
        "87 henkilölle on kirjoitettu tästä painoksesta." in page
        and "saaneet viestiä tästä painoksesta: 3 henkilöä" in page
    )
    asked = []
    monkeypatch.setattr(publishing, "plan_launch", lambda edition_id, plan: asked.append(plan))
    answer = set_a_launch(tuula, desk, now="yes", writes_to="nobody")
    assert asked == [LaunchToPlan(now=True, writes_to="nobody")] and answer.status_code == 303


def test_employees_do_not_come_to_the_desk_and_strangers_not_to_the_book(
    kaisa, browse, kelas, launched, desk, book
):
    assert kaisa.get(f"{desk}/editions").status_code == 403
    pekka = browse(kelas, "Pekka", roles=["coordinator"])
    assert "Jokainen kuuluu" not in pekka.get(book).text
    assert pekka.get(f"{book}/workbook.pdf").status_code == 404
    assert "Jokainen kuuluu" not in pekka.get(desk).text


COLOURS = {
    "brand": "#2f5d8c",
    "brand-on": "#ffffff",
    "accent": "#b8392b",
    "accent-text": "#9c2c20",
    "tint": "#e6efe9",
}


def test_the_designer_changes_the_look_and_the_pages_wear_it(aino, kaisa):
    page = aino.get("/desk/theme")
    assert "Kaikki parit ovat luettavissa." in page.text
    saved = aino.post(action(page, "theme"), data=COLOURS | {"act": "save"})
    assert saved.status_code == 303
    assert "--brand: #2f5d8c" in kaisa.get("/theme.css").text


def test_an_unreadable_colour_is_refused_with_the_nearest_that_passes(aino):
    page = aino.get("/desk/theme")
    refused = aino.post(action(page, "theme"), data=COLOURS | {"act": "save", "brand": "#ffcc00"})
    assert refused.status_code == 409 and 'value="#ffcc00"' in refused.text
    nearest = re.search(r"lähin luettava: (#\w+)", refused.text)[1]
    mended = aino.post(action(page, "theme"), data=COLOURS | {"act": "mend", "brand": "#ffcc00"})
    assert f'value="{nearest}"' in mended.text and "Kaikki parit ovat luettavissa." in mended.text


def test_the_script_asks_for_verdicts_while_a_colour_is_chosen(aino):
    told = aino.post("/desk/theme/check", data=COLOURS | {"accent-text": "#ff8888"}).json
    assert not all(verdict["passes"] for verdict in told["verdicts"]) and "2" in told["said"]


def test_the_look_travels_as_a_tokens_file(aino):
    tokens = aino.get("/desk/theme/tokens.json")
    assert tokens.json["color"]["brand"]["$value"]["hex"] == "#1d4a43"
    page = aino.get("/desk/theme")
    sent = {"act": "import", "tokens": (io.BytesIO(tokens.data), "tokens.json")}
    assert (
        aino.post(action(page, "import-tokens"), data=sent, content_type="multipart/form-data").status_code
        == 303
    )
    broken = {"act": "import", "tokens": (io.BytesIO(b"not json"), "tokens.json")}
    refused = aino.post(action(page, "import-tokens"), data=broken, content_type="multipart/form-data")
    assert refused.status_code == 422 and "ei ole JSON" in refused.text


def test_a_cover_in_new_colours_is_drawn(aino):
    address = re.search(r'id="page" src="([^"]+)"', aino.get("/desk/theme").text)[1].replace("&amp;", "&")
    assert aino.get(address).mimetype == "image/png"


def test_the_consultancy_has_the_studio_in_the_clients_rooms(henna, avis, run):
    assert 'id="theme"' in henna.get(f"/clients/{avis.slug}/theme").text


def test_of_two_who_choose_colours_the_second_sees_what_the_first_has_chosen(aino):
    first, second = aino.get("/desk/theme"), aino.get("/desk/theme")
    assert aino.submit(first, "theme", act="save", brand="#2f5d8c").status_code == 303
    assert aino.submit(second, "theme", act="save", tint="#eef3f0").status_code == 303
    both = aino.get("/desk/theme").text
    assert 'name="brand" value="#2f5d8c"' in both and 'name="tint" value="#eef3f0"' in both
    refused = aino.submit(second, "theme", act="save", brand="#1d3f6b")
    assert refused.status_code == 409 and '<p class="words">#2f5d8c</p>' in refused.text
    assert 'name="brand" value="#1d3f6b"' in refused.text
    assert aino.submit(refused, "theme", act="save", take="colours/brand").status_code == 303
    assert 'name="brand" value="#2f5d8c"' in aino.get("/desk/theme").text


def test_of_two_who_name_the_workbook_the_second_sees_both_names(henna, rooms, begun):
    first, second = henna.get(rooms), henna.get(rooms)
    assert henna.submit(first, "workbook-facts", title="Meidän työkirja").status_code == 303
    assert henna.submit(second, "workbook-facts", subtitle="Kevät").status_code == 303
    refused = henna.submit(second, "workbook-facts", title="Työkirja")
    assert refused.status_code == 409 and '<p class="words">Meidän työkirja</p>' in refused.text
    assert 'value="Työkirja"' in refused.text


def test_of_two_who_move_a_launch_the_second_sees_where_to(tuula, approved, desk):
    tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    set_a_launch(tuula, desk, at="2027-12-02T09:00")
    first, second = tuula.get(f"{desk}/editions"), tuula.get(f"{desk}/editions")
    assert tuula.submit(first, "move-launch", at="2027-12-03T09:00").status_code == 303
    refused = tuula.submit(second, "move-launch", at="2027-12-04T09:00")
    assert refused.status_code == 409 and 'value="2027-12-04T09:00"' in refused.text
    assert "3.12.2027" in refused.text.partition('id="move-at-meanwhile"')[2][:400]
