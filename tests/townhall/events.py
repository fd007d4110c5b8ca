"""Events in memory, for tests of what hosts and colleagues may do: without a database, and without the key that makes hands."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.townhall.models import Hall, Poll, Question
from shared.messaging.events import Event

HAND = b"the hand of somebody whom nobody knows"


def a_hall(state: str = "planned", **more: object) -> Hall:
    return Hall(run_id=uuid4(), purpose="kickoff", state=state, **more)


def on_air(**more: object) -> Hall:
    hall = a_hall("open", **more)
    hall.start()
    return hall


def shown(hall: Hall) -> Hall:
    """As it is once its screens were woken."""
    hall.__dict__.pop("_stirred", None)
    return hall


def ended(hall: Hall) -> Hall:
    hall.end(signed_up=3, questions=2, answered=1)
    return hall


def a_poll(kind: str = "choice", state: str = "open", **more: object) -> Poll:
    options = [] if kind == "words" else [{"fi": "Koti"}, {"fi": "Toimisto"}, {"fi": "Muualla"}]
    return Poll(hall_id=uuid4(), kind=kind, words={"fi": "Missä?"}, options=options, state=state, **more)


def a_question(state: str = "shown", **more: object) -> Question:
    return Question(hall_id=uuid4(), words="Kuka päättää läsnäolosta?", language="fi", state=state, **more)


def asked_in(hall: Hall, category: str | None = None, hand: bytes = HAND) -> Question:
    return hall.ask("Saako kotona tehdä töitä?", "fi", category, hand=lambda: hand)


def told(thing: Hall | Question, *kinds: type[Event]) -> list[Event]:
    return [happened for happened in thing.told if isinstance(happened, kinds)]


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)
