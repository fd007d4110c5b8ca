import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from infra.processes.ports import LOOPBACK
from services.notification.mails import post
from services.notification.mails.addresses import IdentityIsAway
from services.notification.models import Notice, Occasion, Phase
from shared.contracts.notification import NoticeSent
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened

RUN = uuid4()
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def phase(closes_at, opened_at=NOW) -> Phase:
    return Phase(
        run_id=RUN, name="views", activities=["give_views"], opened_at=opened_at, closes_at=closes_at
    )


def test_a_reminder_comes_two_days_before_the_end():
    assert phase(NOW + 14 * DAY).reminder_at == NOW + 12 * DAY


def test_in_a_short_phase_it_comes_half_way():
    assert phase(NOW + DAY).reminder_at == NOW + DAY / 2


def test_without_an_end_there_is_nothing_to_remind_of():
    assert phase(None).reminder_at is None
    assert phase(NOW - DAY).reminder_at is None


@pytest.fixture
def views_open(people, smtp, hear):
    hear("notification", opened())


def opened() -> PhaseOpened:
    return PhaseOpened(run_id=RUN, phase="views", activities=["give_views"], closes_at=NOW + 14 * DAY)


def reminders(mails) -> set[str]:
    return {name for name, got in mails().items() if len(got) > 1}


def test_only_those_who_have_not_taken_part_are_reminded(
    views_open, people, identity, time_passes, mails, session_of, told
):
    identity.took_part.add(people["kaisa"])
    time_passes()
    assert reminders(mails) == {"mikael", "tuula"}
    assert waiting(session_of) == set()
    assert {notice.kind for notice in told("notification", NoticeSent)} == {"invitation"}


def waiting(session_of) -> set:
    """The members on the list of the reminder."""
    with session_of("notification") as session:
        ours = select(Notice.member_id).join(Occasion, Occasion.id == Notice.occasion_id)
        return set(session.scalars(ours.where(Occasion.kind == "reminder")))


def test_the_list_of_a_reminder_tells_nobody_who_has_taken_part(
    views_open, people, identity, time_passes, monkeypatch, session_of
):
    """Everybody is on it before, and nobody after."""
    identity.took_part |= {people["kaisa"], people["tuula"]}
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:1")  # nobody listens there
    time_passes()
    assert waiting(session_of) == set(people.values())


class Killed(BaseException):
    """The process is gone."""


STEPS = [
    ("readers_of", 1),
    ("written", 1),
    ("written", 2),
    ("send", 1),
    *(("mark", nth) for nth in (1, 2, 3)),
]


@pytest.mark.parametrize("step, nth", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_between_any_two_steps_reminds_each_of_the_others_once_and_nobody_else(
    views_open, people, identity, an_hour_passes, time_passes, mails, session_of, monkeypatch, step, nth, when
):
    """A mail that is sent twice is the same mail, by its Message-ID."""
    an_hour_passes()
    identity.took_part.add(people["kaisa"])
    calls, does = [], getattr(post, step)

    def dies(*given):
        calls.append(when)
        if calls[nth - 1 :] == ["before"]:
            raise Killed
        done = does(*given)
        if calls[nth - 1 :] == ["after"]:
            raise Killed
        return done

    monkeypatch.setattr(post, step, dies)
    with pytest.raises(Killed):
        time_passes()
    time_passes()
    assert {name: len(got) for name, got in mails().items()} == {"kaisa": 1, "mikael": 2, "tuula": 2}
    assert waiting(session_of) == set()


def test_who_takes_part_while_the_mail_server_is_away_is_not_reminded_any_more(
    views_open, people, identity, an_hour_passes, time_passes, mails, monkeypatch
):
    an_hour_passes()
    there = os.environ["POLKU_SMTP"]
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:1")
    time_passes()
    identity.took_part.add(people["mikael"])
    monkeypatch.setenv("POLKU_SMTP", there)
    time_passes()
    assert reminders(mails) == {"kaisa", "tuula"}


def test_while_identity_does_not_say_who_has_taken_part_nobody_is_reminded(
    views_open, an_hour_passes, time_passes, mails, monkeypatch
):
    an_hour_passes()

    def nobody_answers(*asked):
        raise IdentityIsAway

    with monkeypatch.context() as away:
        away.setattr(post, "addresses_to_remind", nobody_answers)
        time_passes()
    assert reminders(mails) == set()
    time_passes()
    assert reminders(mails) == {"kaisa", "mikael", "tuula"}


def test_nobody_is_reminded_twice_when_the_end_moves(views_open, hear, time_passes, mails):
    time_passes()
    assert {len(got) for got in mails().values()} == {2}
    hear("notification", PhaseMoved(run_id=RUN, phase="views", closes_at=NOW + 21 * DAY))
    time_passes()
    assert {len(got) for got in mails().values()} == {3}  # the new date, and no second reminder


def test_after_closing_nobody_is_reminded_and_the_list_is_gone(
    views_open, an_hour_passes, hear, time_passes, mails, session_of, monkeypatch
):
    an_hour_passes()
    there = os.environ["POLKU_SMTP"]
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:1")
    time_passes()
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    assert waiting(session_of) == set()
    monkeypatch.setenv("POLKU_SMTP", there)
    time_passes()
    assert reminders(mails) == set()


def test_who_wishes_no_reminders_gets_none(views_open, people, http, time_passes, mails):
    mine = http("notification").as_("participant", subject=people["kaisa"])
    assert mine.put("/wishes", json={"reminders": False}).status_code == 200
    time_passes()
    assert reminders(mails) == {"mikael", "tuula"}
