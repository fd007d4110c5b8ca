"""Hands as their readers left them, for tests that look inside or make many at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID, uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from services.voting.models import Hand
from services.voting.models.card import Card, Held
from services.voting.models.counting import open_all
from services.voting.models.sealing import Seal
from shared.database import engine_of


def hold(run_id: UUID, session: Session, answers: Mapping[UUID, int], **where: str) -> UUID:
    """Lays a hand with these answers, which nobody has counted; returns whose."""
    participant = uuid4()
    held = Held(batches=1, cards=[Card(view, 1, answer) for view, answer in answers.items()], **where)
    sealed = Seal.of(run_id, session).close(held, participant, version=0)
    session.add(Hand(run_id=run_id, participant=participant, dirty=held.is_uncounted, sealed=sealed))
    return participant


def cards_of(run_id: UUID, session: Session) -> list[Card]:
    return [card for hand in open_all(run_id, session) for card in hand.held.cards]


@contextmanager
def statements(engine: Engine | None = None) -> Iterator[list[str]]:
    """What voting, or its worker by that engine, asks its database meanwhile."""
    engine = engine or engine_of("voting")
    asked: list[str] = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
