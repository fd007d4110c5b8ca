"""Until which day it could be found out who has written and voted."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.identity.listeners import KEPT
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.languages import ZONE
from shared.tenancy.sessions import acting_for

RUN = UUID("44444444-4444-4444-8444-444444444444")
NOT_KNOWN = {"day": None, "is_destroyed": False}


@pytest.fixture
def kaisa(avis, world):
    world.avi = avis.id
    avis.plans(RUN)
    return avis.door.as_("participant")


def hear(world, *happened):
    with acting_for(world.avi):
        world.hear("identity", *happened)


def today() -> str:
    return datetime.now(ZONE).date().isoformat()


def in_days(kept: timedelta) -> str:
    return (datetime.now(UTC) + kept).astimezone(ZONE).date().isoformat()


def days_of(door) -> dict:
    return door.get("/key-days").json["runs"].get(str(RUN), {})


def test_while_an_activity_has_no_end_the_day_is_not_known(kaisa, world):
    hear(world, PhaseOpened(run_id=RUN, phase="views", activities=["give_views"]))
    assert days_of(kaisa) == dict.fromkeys(("survey", "voting", "workshop", "townhall"), NOT_KNOWN)


def test_it_is_known_once_the_last_activity_that_needs_the_key_has_ended(kaisa, world):
    hear(world, PhaseOpened(run_id=RUN, phase="views", activities=["give_views"]))
    hear(world, PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    known = days_of(kaisa)
    assert known["survey"] == {"day": in_days(KEPT["survey"]), "is_destroyed": False}
    assert known["voting"] == NOT_KNOWN
    hear(world, PhaseOpened(run_id=RUN, phase="priorities", activities=["prioritise"]))
    assert days_of(kaisa)["survey"] == NOT_KNOWN


def test_after_it_the_key_is_told_to_be_destroyed(kaisa, world):
    hear(world, PhaseClosed(run_id=RUN, phase="views", activities=["give_views"]))
    assert world.let_time_pass("identity")
    assert days_of(kaisa)["survey"] == {"day": today(), "is_destroyed": True}


def test_the_consultancys_people_may_ask_and_pekka_hears_nothing_of_it(kaisa, kelas):
    assert kaisa.as_("facilitator").get("/key-days").status_code == 200
    assert days_of(kelas.door.as_("participant", "admin")) == {}
    assert kaisa.as_("service").get("/key-days").status_code == 403
