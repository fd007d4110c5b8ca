"""Failure case 24: an event that is too long is refused where it is told, together with what it would tell of."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text

from services.voting.settling import IN_ONE_EVENT
from shared.contracts.identity import AttendanceKnown
from shared.contracts.survey import WritersCounted
from shared.contracts.voting import RankingContinued
from shared.contracts.workshop import AttendeesCounted, RoundStarted
from shared.messaging.events import MOST_BYTES, Undecodable, envelope_for, open_envelope
from tests.shared.conftest import Note


def long_event(bytes: int) -> WritersCounted:
    """As many pseudonyms as fill so many bytes."""
    return WritersCounted(
        run_id=uuid4(), activity="give_views", participants=[uuid4() for _ in range(bytes // 39)]
    )


def test_what_would_tell_too_much_at_once_is_not_done_at_all(notes, engine, bus, avi):
    with pytest.raises(ValueError, match="at most 65536 fit. Tell it in parts"), notes.begin() as session:
        note = Note(words="1")
        session.add(note)
        note.tell(long_event(2 * MOST_BYTES))
    with engine.connect() as connection, notes() as session:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0
        assert list(session.scalars(select(Note.words))) == []


def test_what_just_fits_is_told(avi):
    envelope = envelope_for(long_event(MOST_BYTES - 200), "survey")
    row = envelope.as_row()
    assert MOST_BYTES - 400 < len(row["value"]) <= MOST_BYTES
    assert open_envelope(row["headers"], row["value"]) == envelope


def test_what_is_too_long_and_came_all_the_same_is_not_even_decoded(avi):
    envelope = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop")
    padded = envelope.as_row()["value"] + b" " * MOST_BYTES
    with pytest.raises(Undecodable, match="longer than 64 KiB"):
        open_envelope(envelope.headers, padded)


def test_too_long_an_event_on_the_bus_is_laid_aside_and_holds_up_nobody(delivery):
    row = delivery.row()
    delivery.lay(row, value=row["value"] + b" " * MOST_BYTES)
    delivery.lay(delivery.row(round=2))
    delivery.handle()
    assert delivery.written == [2]
    assert delivery.dead == ["It is not CloudEvents 1.0, or longer than 64 KiB."]


@pytest.mark.parametrize(
    "event", [WritersCounted, AttendeesCounted, AttendanceKnown], ids=lambda event: event.type
)
def test_a_part_of_a_thousand_people_fits(avi, event):
    field = "members" if event is AttendanceKnown else "participants"
    people = {field: [uuid4() for _ in range(1000)]}
    assert envelope_for(event(run_id=uuid4(), activity="give_views", **people), "identity").as_row()


def test_a_part_of_a_ranking_fits(avi):
    views = [uuid4() for _ in range(IN_ONE_EVENT)]
    part = RankingContinued(
        run_id=uuid4(),
        theme_id=uuid4(),
        after=9,
        ranking=views,
        not_read_enough=views,
        readings={str(view): 999 for view in views},
    )
    assert envelope_for(part, "voting").as_row()
