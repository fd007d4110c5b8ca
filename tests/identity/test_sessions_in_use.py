"""Of a session the hour is known, and that it is used is written down with others': no clock lies beside what somebody does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.identity.models import SignInSession
from services.identity.sign_in.models import holder as holders
from services.identity.sign_in.models import in_use
from services.identity.sign_in.models import session as sessions
from services.identity.sign_in.models.in_use import InUse
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """clock(17, 5) makes it so late on the first of March; the process has just started."""
    at = [NINE]
    for module in (holders, sessions):
        monkeypatch.setattr(module, "now", lambda: at[0])
    for module in (sessions, in_use):
        monkeypatch.setattr(module, "this_hour", lambda: hour(at[0]))
    monkeypatch.setattr(holders, "IN_USE", InUse())

    def be(hours: int, minutes: int = 0) -> None:
        at[0] = NINE.replace(hour=0) + timedelta(hours=hours, minutes=minutes)

    return be


def hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def rows(house) -> dict[UUID, tuple]:
    """What stands in the database of each session, with the number of the transaction that has written it."""
    with acting_for(house.id), sessions_of("identity")() as session:
        found = session.execute(
            select(SignInSession.id, SignInSession.seen_at, SignInSession.ends_at, text("xmin::text"))
        )
        return {id: (seen_at, ends_at, xmin) for id, seen_at, ends_at, xmin in found}


def test_no_minute_of_a_session_is_kept(avis, clock):
    clock(9, 41)
    secret = avis.let_in(avis.employ("Kaisa"))
    clock(9, 58)
    assert avis.current(secret).status_code == 200
    [(seen_at, ends_at, _)] = rows(avis).values()
    assert (seen_at, ends_at) == (NINE, NINE + timedelta(days=1))


def test_a_visit_writes_nothing_and_the_hour_after_all_are_written_at_once(avis, kelas, clock):
    clock(9, 41)
    secrets = [avis.let_in(avis.employ(name)) for name in ("Kaisa", "Mikael", "Outi")]
    pekka = kelas.let_in(kelas.employ("Pekka"))
    clock(10, 7)
    before, theirs = rows(avis), rows(kelas)
    for secret in secrets[:2]:
        assert avis.current(secret).status_code == 200
    assert kelas.current(pekka).status_code == 200
    assert (rows(avis), rows(kelas)) == (before, theirs)
    clock(11, 20)
    assert avis.current(secrets[2]).status_code == 200
    written = {id: row for id, row in rows(avis).items() if row != before[id]}
    assert {seen_at for seen_at, _, _ in written.values()} == {NINE.replace(hour=10)}
    assert (len(written), len({xmin for _, _, xmin in written.values()})) == (2, 1)
    assert [seen_at for seen_at, _, _ in rows(kelas).values()] == [NINE.replace(hour=10)]


def test_a_session_that_is_used_goes_on_and_one_that_is_not_ends_within_eight_hours(avis, clock):
    clock(9, 59)
    kaisa, mikael = (avis.let_in(avis.employ(name)) for name in ("Kaisa", "Mikael"))
    for late in range(10, 33):
        clock(late, 30)
        assert avis.current(kaisa).status_code == 200
    assert avis.current(mikael).status_code == 401
    clock(33, 1)
    assert avis.current(kaisa).status_code == 401  # after a day in any case


def test_what_this_process_remembers_counts_before_it_is_written_down(avis, clock):
    clock(9, 10)
    secret = avis.let_in(avis.employ("Kaisa"))
    clock(16, 30)
    assert avis.current(secret).status_code == 200
    clock(23, 30)
    assert avis.current(secret).status_code == 200
    clock(24 + 7, 59)
    assert avis.current(secret).status_code == 401
