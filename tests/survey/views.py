"""Views and their collecting in memory, for tests of rules: nothing here asks a database or an app."""

from datetime import UTC, datetime
from uuid import uuid4

from services.survey.models import Collecting, Theme, View
from services.survey.writings import Waiting
from shared.contracts.process import PhaseOpened
from shared.messaging.events import Event

RUN, THEME = uuid4(), uuid4()
AT_TEN = datetime(2027, 3, 14, 10, tzinfo=UTC)
WORDS = {"name": "Kokoukset", "question": "Mikä toimii?", "hint": ""}


def planned() -> Collecting:
    return Collecting(id=RUN, languages=["fi", "sv"])


def opened(at: datetime = AT_TEN, collecting: Collecting | None = None, **settings: str) -> Collecting:
    """opened(moderation="after"): people give their views, as the phase says."""
    said = {f"give_views.{name}": value for name, value in settings.items()}
    phase = PhaseOpened(run_id=RUN, phase="views", activities=["give_views"], settings=said)
    collecting = collecting or planned()
    collecting.begin(phase, at, [a_theme()])
    return collecting


def ended() -> Collecting:
    collecting = opened()
    collecting.end(shared=3, rejected=2, withdrawn=1)
    return collecting


def a_theme(**more: object) -> Theme:
    return Theme(run_id=RUN, position=1, key="meetings", words={"fi": WORDS}, **more)


def a_view(text: str = "Kokous alkaa ajallaan.", status: str = "waiting", **more: object) -> View:
    words = {"text": text, "language": "fi"}
    return View(run_id=RUN, theme_id=THEME, receipt_hash=b"", status=status, **words, **more)


def waiting(text: str | None = "Kokous alkaa ajallaan.") -> Waiting:
    """A view that has not left its author's row."""
    return Waiting(uuid4(), THEME, text, "fi", b"")


def told(thing: Collecting | View) -> list[type[Event]]:
    return [type(happened) for happened in thing.told]
