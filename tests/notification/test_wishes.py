from uuid import uuid4

import pytest

from shared.contracts.process import PlanAgreed

RUN = uuid4()


@pytest.fixture
def mine(people, http):
    return http("notification").as_("participant", subject=people["kaisa"])


def test_at_first_everything_is_told(mine):
    assert mine.get("/wishes").json == {
        "invitations": True,
        "changes": True,
        "reminders": True,
        "mail_language": None,
    }


def test_a_wish_changes_only_what_it_names(mine):
    mine.put("/wishes", json={"reminders": False})
    mine.put("/wishes", json={"mail_language": "sv"})
    wishes = mine.get("/wishes").json
    assert wishes["reminders"] is False and wishes["changes"] is True and wishes["mail_language"] == "sv"


def test_a_language_that_we_do_not_speak_is_refused(mine):
    assert mine.put("/wishes", json={"mail_language": "de"}).status_code == 422


def test_wishing_before_anybody_told_us_who_you_are_is_fine(http, avi):
    somebody = http("notification").as_("participant", subject=uuid4())
    assert somebody.put("/wishes", json={"changes": False}).json["changes"] is False


def test_a_stop_link_that_is_not_ours_is_not_found(http, pekka, people):
    assert http("notification").as_("service").post("/stops", json={"token": str(uuid4())}).status_code == 404


def test_those_who_lead_see_how_far_the_telling_has_come_in_numbers(people, smtp, hear, time_passes, http):
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    time_passes()
    leads = http("notification").as_("coordinator", subject=people["tuula"])
    [told] = leads.get(f"/runs/{RUN}/occasions").json
    assert told["kind"] == "plan" and told["notices"] == {"sent": 1}
    assert http("notification").as_("participant").get(f"/runs/{RUN}/occasions").status_code == 403
