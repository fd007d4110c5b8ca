"""A mail is seen before it goes: the same words, the same number of people."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.contracts.process import PhaseOpened

RUN = uuid4()
IN_TWO_WEEKS = datetime.now(UTC) + timedelta(days=14)


@pytest.fixture
def lead(http):
    return http("notification").as_("lead")


def asked(lead, *activities: str, phase: str = "views") -> dict:
    wanted = {"phase": phase, "activities": activities, "closes_at": IN_TWO_WEEKS.isoformat()}
    return lead.get(f"/runs/{RUN}/invitation", query_string=wanted).json


def opened(phase: str, *activities: str) -> PhaseOpened:
    return PhaseOpened(run_id=RUN, phase=phase, activities=list(activities), closes_at=IN_TWO_WEEKS)


def test_the_mail_that_is_shown_is_the_mail_that_goes(people, smtp, lead, hear, an_hour_passes, mails):
    shown = asked(lead, "give_views")
    hear("notification", opened("views", "give_views"))
    an_hour_passes()
    sent = mails()
    assert shown["people"] == len(sent) == 3
    assert [mail["language"] for mail in shown["letters"]] == ["fi", "sv"]
    for previewed, name in zip(shown["letters"], ("kaisa", "mikael"), strict=True):
        mail = sent[name][0]
        assert previewed["subject"] == mail["Subject"]
        without_a_name = mail.get_content().replace(f" {name.capitalize()},", ",")
        assert previewed["text"].splitlines() == without_a_name.splitlines()


def test_who_wishes_no_invitations_is_not_counted(people, lead, http):
    kaisa = http("notification").as_("participant", subject=people["kaisa"])
    kaisa.put("/wishes", json={"invitations": False})
    assert asked(lead, "give_views")["people"] == 2


def test_what_goes_on_and_what_is_the_parties_own_writes_to_nobody(people, lead, hear):
    hear("notification", opened("views", "give_views"))
    assert asked(lead, "give_views", "plan", phase="longer") == {"people": 0, "letters": []}
    assert asked(lead, "write_workbook", phase="workbook")["people"] == 1


def test_nothing_is_sent_by_looking(people, smtp, lead, an_hour_passes, mails):
    asked(lead, "give_views")
    an_hour_passes()
    assert mails() == {}


def test_only_those_who_steer_look_and_pekka_counts_his_own(people, lead, http, pekka):
    wanted = {"phase": "views", "activities": ["give_views"]}
    kaisa = http("notification").as_("participant", subject=people["kaisa"])
    assert kaisa.get(f"/runs/{RUN}/invitation", query_string=wanted).status_code == 403
    theirs = pekka("notification").get(f"/runs/{RUN}/invitation", query_string=wanted)
    assert (theirs.status_code, theirs.json) == (200, {"people": 0, "letters": []})
    assert "Kaisa" not in json.dumps(asked(lead, "give_views"))
