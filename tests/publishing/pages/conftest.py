"""The people around a workbook in their browsers, and the addresses of its pages."""

from uuid import UUID, uuid4

import pytest

from services.publishing import sources, workbooks
from services.publishing.content import IdeaCard, Principle
from shared.contracts.api.publishing_writing import ChapterToOpen, WorkbookToBegin
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests import worlds
from tests.conftest import World
from tests.identity.houses import grant
from tests.publishing.pages.forms import FACTS, action, chapter_of, set_a_launch
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


@pytest.fixture
def begun(run, rooms, avis):
    """The workbook has begun; the answer is the address of its second chapter."""
    chapters = [ChapterToOpen(title="Johdanto"), ChapterToOpen(title="Kokoukset", theme_id=uuid4())]
    with acting_for(avis.id), sessions_of("publishing").begin() as session:
        workbook = workbooks.begin(session, run, uuid4(), WorkbookToBegin(chapters=chapters, **FACTS))
        return f"{rooms}/chapters/{workbook.passages[1].id}"


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


@pytest.fixture
def launched(tuula, approved, desk, ours):
    frozen = tuula.post(action(tuula.get(f"{desk}/editions"), "freeze"))
    assert frozen.status_code == 303
    set_a_launch(tuula, desk, at="2026-12-02T09:00")
    ours.let_time_pass("publishing")
