from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.contracts.identity import MemberLeft
from shared.contracts.notification import NoticeSent
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened, PlanAgreed, PlanProposed
from shared.contracts.publishing import WorkbookLaunched

RUN = uuid4()
IN_TWO_WEEKS = datetime.now(UTC) + timedelta(days=14)


@pytest.fixture
def views_open(people, smtp, hear):
    hear("notification", opened("views", "give_views"))


def opened(phase: str, *activities: str, closes_at=IN_TWO_WEEKS) -> PhaseOpened:
    return PhaseOpened(run_id=RUN, phase=phase, activities=list(activities), closes_at=closes_at)


def test_everybody_is_invited_once_and_in_their_own_language(views_open, an_hour_passes, mails):
    an_hour_passes()
    got = mails()
    assert {name: len(hers) for name, hers in got.items()} == {"kaisa": 1, "mikael": 1, "tuula": 1}
    assert got["kaisa"][0]["Content-Language"] == "fi"
    assert "Hei Kaisa" in got["kaisa"][0].get_content()
    assert "Hej Mikael" in got["mikael"][0].get_content()


def test_the_mail_leads_to_the_organisations_own_pages(views_open, an_hour_passes, mails):
    an_hour_passes()
    text = mails()["kaisa"][0].get_content()
    assert "http://avi.polku.localhost:8080/home" in text


def test_it_is_told_by_ids_alone_that_a_notice_went_out(views_open, people, an_hour_passes, told):
    an_hour_passes()
    sent = told("notification", NoticeSent)
    assert {notice.member_id for notice in sent} == set(people.values())
    assert {(notice.kind, notice.run_id) for notice in sent} == {("invitation", RUN)}


def test_what_goes_on_in_the_next_phase_is_no_news(views_open, hear, an_hour_passes, mails):
    hear("notification", opened("longer", "give_views"))
    an_hour_passes()
    assert len(mails()["kaisa"]) == 1
    hear("notification", opened("priorities", "give_views", "prioritise"))
    an_hour_passes()
    [_, second] = mails()["kaisa"]
    assert "priorisoida" in second["Subject"]
    assert "Anna näkemyksesi" not in second.get_content()


def test_who_joins_while_it_is_open_is_invited_too(views_open, joins, an_hour_passes, mails):
    an_hour_passes()
    joins("Linnea", "sv")
    an_hour_passes()
    assert {name: len(got) for name, got in mails().items()} == dict.fromkeys(
        ("kaisa", "mikael", "tuula", "linnea"), 1
    )


def test_who_joins_after_it_has_closed_is_not(views_open, hear, joins, an_hour_passes, mails):
    an_hour_passes()
    hear("notification", PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    joins("Linnea", "sv")
    an_hour_passes()
    assert "linnea" not in mails()


def test_the_parties_own_work_is_not_everybodys_mail(people, smtp, hear, an_hour_passes, mails):
    hear("notification", opened("planning", "plan"), opened("workbook", "write_workbook"))
    an_hour_passes()
    assert set(mails()) == {"tuula"}


def test_who_has_left_is_told_nothing(views_open, people, hear, an_hour_passes, mails):
    hear("notification", MemberLeft(member_id=people["kaisa"]))
    an_hour_passes()
    assert "kaisa" not in mails()


def test_the_plan_is_the_coordinators_business(people, smtp, hear, an_hour_passes, mails):
    hear("notification", PlanProposed(run_id=RUN, version=2, proposed_by="consultancy"))
    hear("notification", PlanProposed(run_id=RUN, version=3, proposed_by="client"))
    hear("notification", PlanAgreed(run_id=RUN, version=2))
    an_hour_passes()
    assert {name: len(got) for name, got in mails().items()} == {"tuula": 2}


def test_new_dates_of_what_is_open_are_told_to_all_in_one_mail(
    views_open, hear, an_hour_passes, mails, world
):
    an_hour_passes()
    before = {name: len(got) for name, got in mails().items()}
    moved = {"opens_at": None, "closes_at": IN_TWO_WEEKS + timedelta(days=7)}
    hear("notification", PhaseMoved(run_id=RUN, phase="views", **moved))
    hear("notification", PhaseMoved(run_id=RUN, phase="priorities", **moved))
    an_hour_passes()
    after = mails()
    assert {name: len(got) - before[name] for name, got in after.items()} == dict.fromkeys(before, 1)
    assert after["kaisa"][-1].get_content().count("\n- ") == 2


def test_new_dates_of_what_is_far_away_are_told_to_those_who_lead(people, smtp, hear, an_hour_passes, mails):
    hear("notification", PhaseMoved(run_id=RUN, phase="launch", opens_at=IN_TWO_WEEKS))
    an_hour_passes()
    assert set(mails()) == {"tuula"}


def test_the_launch_is_everybodys(people, smtp, hear, an_hour_passes, mails):
    hear(
        "notification",
        WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC)),
    )
    an_hour_passes()
    assert set(mails()) == set(people)


def test_another_organisations_people_hear_nothing(views_open, kela, an_hour_passes, identity, mails):
    an_hour_passes()
    asked = {
        member for request in identity.asked for member in __import__("json").loads(request.content)["ids"]
    }
    assert asked == set(identity.people)


@pytest.mark.parametrize(
    ("number", "subject"), [(1, "Työkirjamme on täällä"), (2, "Työkirjastamme on uusi painos")]
)
def test_another_edition_is_not_told_in_the_words_of_the_first(
    people, smtp, hear, time_passes, mails, number, subject
):
    hear(
        "notification",
        WorkbookLaunched(run_id=uuid4(), edition_id=uuid4(), number=number, launched_at=datetime.now(UTC)),
    )
    time_passes()
    assert mails()["kaisa"][0]["Subject"] == subject


def test_staff_see_how_many_a_launch_would_write_to(people, http):
    kaisa = http("notification").as_("participant", subject=people["kaisa"])
    assert kaisa.get("/audience?kind=launch").status_code == 403
    lead = http("notification").as_("lead")
    assert lead.get("/audience?kind=launch").json == {"people": 3}
    kaisa.put("/wishes", json={"invitations": False})
    assert lead.get("/audience?kind=launch").json == {"people": 2}
    assert lead.get("/audience?kind=reminder").status_code == 422
