"""Who did not get which mail: named for those who can correct an address, and never so that it tells who has taken part."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from infra.processes.ports import LOOPBACK
from services.notification.mails.models.audience import ALWAYS_TOLD, TOLD_BY_ROLE, WISH_OF
from services.notification.mails.models.occasion import KEPT_FOR
from services.notification.models import Notice
from shared.contracts.identity import MemberLeft
from shared.contracts.practice import ReviewDue
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.contracts.publishing import WorkbookLaunched, WorkbookWithdrawn
from shared.contracts.townhall import TownhallScheduled
from tests.notification.stubborn import Stubborn

RUN, SOON = uuid4(), timedelta(days=14)


@pytest.fixture
def stub(monkeypatch):
    """Kaisa's mailbox is not there."""
    stubborn = Stubborn()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{stubborn.port}")
    stubborn.says("RCPT", "550 5.1.1 No such person", to="kaisa")
    yield stubborn
    stubborn.stop()


@pytest.fixture
def invited(people, stub, hear, an_hour_passes):
    hear("notification", phase_open())
    an_hour_passes()


def phase_open() -> PhaseOpened:
    return PhaseOpened(
        run_id=RUN, phase="views", activities=["give_views"], closes_at=datetime.now(UTC) + SOON
    )


@pytest.fixture
def admin(http):
    return http("notification").as_("admin", subject=uuid4())


def named(client, **asked) -> list[dict]:
    answer = client.get("/undelivered", query_string=asked)
    assert answer.status_code == 200
    return answer.json["items"]


def test_who_did_not_get_what_is_named_with_the_reason(invited, people, admin):
    [kaisas] = named(admin)
    assert (kaisas["member_id"], kaisas["kind"], kaisas["why"]) == (
        str(people["kaisa"]),
        "invitation",
        "no_such_mailbox",
    )
    assert kaisas["still_holds"] and kaisas["failed_on"] == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize("role", ["participant", "supervisor", "coordinator", "designer", "editor"])
def test_nobody_else_sees_it(invited, http, role):
    client, id = http("notification").as_(role, subject=uuid4()), uuid4()
    for answer in (
        client.get("/undelivered"),
        client.post("/undelivered/again"),
        client.post(f"/undelivered/{id}/again"),
    ):
        assert answer.status_code == 403


def test_another_organisation_sees_nothing_of_it_and_sends_nothing(invited, admin, pekka, stub):
    pekka = pekka("notification").as_("admin", subject=uuid4())
    [kaisas] = named(admin)
    assert named(pekka) == []
    assert pekka.post(f"/undelivered/{kaisas['id']}/again").status_code == 404
    assert pekka.post("/undelivered/again").json == {"notices": 0}
    assert len(named(admin)) == 1


def test_once_the_address_is_right_it_is_sent_again_and_off_the_list(
    invited, people, identity, admin, stub, post_everything
):
    [kaisas] = named(admin)
    identity.people[str(people["kaisa"])]["email"] = "virtanen@avi.example"
    assert admin.post(f"/undelivered/{kaisas['id']}/again").status_code == 204
    assert named(admin) == []
    post_everything()
    assert stub.accepted == {"virtanen": 1, "mikael": 1, "tuula": 1}
    assert admin.post(f"/undelivered/{kaisas['id']}/again").status_code == 404  # it is on no list any more


def test_what_is_refused_again_is_on_the_list_again(invited, admin, post_everything):
    [kaisas] = named(admin)
    admin.post(f"/undelivered/{kaisas['id']}/again")
    post_everything()
    assert [each["id"] for each in named(admin)] == [kaisas["id"]]


def test_all_are_sent_again_but_for_those_whose_time_has_passed(
    invited, hear, admin, stub, an_hour_passes, post_everything
):
    hear(
        "notification",
        WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC)),
    )
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    an_hour_passes()
    assert {each["kind"]: each["still_holds"] for each in named(admin)} == {
        "invitation": False,
        "launch": True,
    }
    stub.is_kind()
    assert admin.post("/undelivered/again").json == {"notices": 1}
    post_everything()
    assert stub.accepted["kaisa"] == 1
    [left] = named(admin)
    refused = admin.post(f"/undelivered/{left['id']}/again")
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "its-time-has-passed")


def test_a_launch_that_was_taken_back_is_not_sent_again(people, stub, hear, admin, an_hour_passes):
    edition = uuid4()
    hear(
        "notification",
        WorkbookLaunched(run_id=RUN, edition_id=edition, number=1, launched_at=datetime.now(UTC)),
    )
    an_hour_passes()
    assert len(named(admin)) == 1
    hear("notification", WorkbookWithdrawn(run_id=RUN, edition_id=edition, number=1))
    assert named(admin) == []
    assert admin.post("/undelivered/again").json == {"notices": 0}


def test_a_hall_that_has_moved_is_not_announced_by_its_old_time(people, stub, hear, admin, an_hour_passes):
    hall, starts = uuid4(), datetime.now(UTC) + SOON
    for at in (starts, starts + timedelta(days=1)):
        hear(
            "notification",
            TownhallScheduled(
                hall_id=hall, run_id=RUN, purpose="kickoff", starts_at=at, ends_at=at + timedelta(hours=1)
            ),
        )
        an_hour_passes()
    assert sorted(each["still_holds"] for each in named(admin)) == [False, True]


def test_of_a_reminder_nothing_is_named(invited, admin, time_passes, session_of, stub):
    """It would tell who had not taken part."""
    time_passes()
    assert stub.accepted["mikael"] == 2
    assert named(admin) == []  # the invitation's thirty days are over as well


def test_nor_of_a_mail_to_those_who_take_part_in_something(
    people, stub, hear, admin, time_passes, session_of
):
    hear(
        "notification",
        ReviewDue(
            run_id=RUN, agreement_id=uuid4(), team_id=uuid4(), members=[people["kaisa"], people["mikael"]]
        ),
    )
    time_passes()
    assert named(admin) == []
    with session_of("notification") as session:
        found = {notice.state: notice.why for notice in session.scalars(select(Notice))}
    assert found == {"refused": None, "sent": None}


def test_whoever_makes_a_new_kind_of_mail_decides_whether_it_may_be_named():
    not_named = {"reminder", "review", "session", "place", "session_reminder"}
    assert (WISH_OF.keys() | set(ALWAYS_TOLD)) - TOLD_BY_ROLE == not_named
    assert WISH_OF.keys() | set(ALWAYS_TOLD) >= TOLD_BY_ROLE


def test_who_has_left_is_on_the_list_no_more(invited, people, hear, admin):
    hear("notification", MemberLeft(member_id=people["kaisa"]))
    assert named(admin) == []
    assert admin.post("/undelivered/again").json == {"notices": 0}


def test_it_is_forgotten_after_thirty_days(invited, session_of, admin, time_passes):
    assert named(admin)
    time_passes()
    assert named(admin) == []
    with session_of("notification") as session:
        [kept] = session.scalars(select(Notice).where(Notice.state == "refused"))
        assert (kept.why, kept.failed_on) == (None, None)


def test_nor_is_it_shown_after_them_while_nobody_has_tidied(invited, session_of, admin):
    with session_of("notification") as session:
        named_ones = update(Notice).where(Notice.why.is_not(None))
        session.execute(named_ones.values(failed_on=Notice.failed_on - (KEPT_FOR.days + 1)))
    assert named(admin) == []


def test_a_long_list_comes_in_pages(people, stub, joins, hear, admin, an_hour_passes):
    stub.says("RCPT", "550 5.1.1 No such person")
    for number in range(4):
        joins(f"reader{number}")
    hear("notification", phase_open())
    an_hour_passes()
    first = admin.get("/undelivered", query_string={"limit": 5}).json
    rest = admin.get("/undelivered", query_string={"limit": 5, "after": first["next"]}).json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (5, 2, None)
    assert len({each["id"] for each in [*first["items"], *rest["items"]]}) == 7


def test_sent_again_and_again_it_is_still_one_mail(invited, people, identity, admin, stub, post_everything):
    [kaisas] = named(admin)
    stub.is_kind()
    answers = [admin.post(f"/undelivered/{kaisas['id']}/again").status_code for _press in range(2)]
    post_everything()
    assert answers == [204, 404]
    assert stub.accepted["kaisa"] == 1
