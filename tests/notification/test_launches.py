"""After a launch was taken back the lead chooses whether to write again; nobody is written to twice unless the lead says so."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notification.mails.courier import SENT
from services.notification.models import Notice
from shared.contracts.publishing import WorkbookLaunched, WorkbookWithdrawn

RUN, EDITION = uuid4(), uuid4()
FIRST = datetime.now(UTC)


def launched(hours: int = 0, **more) -> WorkbookLaunched:
    at = FIRST + timedelta(hours=hours)
    return WorkbookLaunched(run_id=RUN, edition_id=EDITION, number=1, launched_at=at, **more)


WITHDRAWN = WorkbookWithdrawn(run_id=RUN, edition_id=EDITION, number=1)


@pytest.fixture
def told_once(people, smtp, hear, an_hour_passes):
    hear("notification", launched())
    an_hour_passes()
    hear("notification", WITHDRAWN)


def numbers(mails) -> dict[str, int]:
    return {name: len(got) for name, got in mails().items()}


def test_the_same_launch_again_writes_only_to_those_who_have_got_no_mail(
    told_once, joins, hear, an_hour_passes, mails
):
    joins("Linnea", "sv")
    hear("notification", launched(1))
    an_hour_passes()
    assert numbers(mails) == {"kaisa": 1, "mikael": 1, "tuula": 1, "linnea": 1}


def test_everybody_is_written_to_once_more_where_the_lead_says_so(told_once, hear, an_hour_passes, mails):
    hear("notification", launched(1, writes_to="everybody"))
    hear("notification", launched(1, writes_to="everybody"))
    an_hour_passes()
    assert numbers(mails) == {"kaisa": 2, "mikael": 2, "tuula": 2}


def test_nobody_is_written_to_where_the_lead_says_so(told_once, joins, hear, an_hour_passes, mails):
    joins("Linnea", "sv")
    hear("notification", launched(1, writes_to="nobody"))
    an_hour_passes()
    assert numbers(mails) == {"kaisa": 1, "mikael": 1, "tuula": 1}


def test_what_is_taken_back_before_its_mails_have_gone_writes_to_nobody(
    people, smtp, hear, an_hour_passes, mails
):
    hear("notification", launched())
    hear("notification", WITHDRAWN)
    an_hour_passes()
    assert numbers(mails) == {}
    hear("notification", launched(1))
    an_hour_passes()
    assert numbers(mails) == {"kaisa": 1, "mikael": 1, "tuula": 1}


def test_a_mail_that_waits_when_the_launch_is_taken_back_does_not_go(
    people, smtp, hear, world, post_everything, mails
):
    hear("notification", launched())
    world.let_time_pass("notification")  # the notices are written, nothing is posted
    hear("notification", WITHDRAWN)
    post_everything()
    assert numbers(mails) == {}
    hear("notification", launched(1))
    world.let_time_pass("notification")
    post_everything()
    assert numbers(mails) == {"kaisa": 1, "mikael": 1, "tuula": 1}


def test_a_mail_that_was_with_the_mail_server_meanwhile_has_been_sent(people, smtp, hear, world, session_of):
    hear("notification", launched())
    world.let_time_pass("notification")
    hear("notification", WITHDRAWN)
    from sqlalchemy import select

    from services.notification.mails.post import mark

    with session_of("notification") as session:
        first = session.scalars(select(Notice.id).order_by(Notice.id)).first()
    from shared.tenancy.sessions import acting_for

    with acting_for(world.avi):
        mark(first, SENT)
    with session_of("notification") as session:
        states = sorted(session.scalars(select(Notice.state)))
    assert states == ["called_off", "called_off", "sent"]


def test_the_desk_sees_how_many_have_been_written_to(told_once, joins, http, people, pekka):
    joins("Linnea", "sv")
    lead = http("notification").as_("lead")
    assert lead.get(f"/editions/{EDITION}/readers").json == {"people": 4, "not_told": 1, "told": 3}
    assert lead.get(f"/editions/{uuid4()}/readers").json == {"people": 4, "not_told": 4, "told": 0}
    kaisa = http("notification").as_("participant", subject=people["kaisa"])
    assert kaisa.get(f"/editions/{EDITION}/readers").status_code == 403
    assert pekka("notification").get(f"/editions/{EDITION}/readers").json["told"] == 0
