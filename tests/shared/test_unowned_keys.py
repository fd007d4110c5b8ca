"""A key whose owner never came to be does not live for ever, and no other dies with it."""

import os
import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from services.townhall.halls import lay_out
from services.townhall.models import Hall
from shared.contracts.process import RunCompleted, RunPlanned
from shared.database import worker_engine_of
from shared.privacy.keys import KeyName, keys_of
from shared.privacy.rewriting import ask_to_write_anew
from shared.privacy.unowned_keys import TIMER
from tests.workshop.conftest import run as run

TWO_DAYS = timedelta(days=2).total_seconds()
PURPOSE = {
    "identity": "survey",
    "survey": "authors",
    "voting": "hands",
    "workshop": "places",
    "townhall": "hands",
}
SERVICES = pytest.mark.parametrize("service", PURPOSE)


def grow_old(service: str, tenant: UUID) -> None:
    """As if every key of the organisation had been made two days ago."""
    for path in (keys_of(service).folder / str(tenant)).glob("*/*"):
        os.utime(path, (time.time() - TWO_DAYS,) * 2)


def make(service: str, tenant: UUID) -> KeyName:
    keys_of(service).make(name := KeyName(tenant, uuid4(), PURPOSE[service]))
    return name


def names(service: str, tenant: UUID) -> set[KeyName]:
    return {name for name, _ in keys_of(service).of(tenant)}


@pytest.fixture
def let_go(session_of, world):
    """Something of the organisation was let go, and a day goes by."""

    def wait(service: str) -> None:
        with session_of(service) as session:
            ask_to_write_anew(session, uuid4())
        world.let_time_pass(service)

    return wait


@SERVICES
def test_a_key_that_belongs_to_nothing_dies_and_those_of_a_run_live(service, avi, kela, hear, let_go):
    hear(service, RunPlanned(run_id=uuid4(), template="hybrid-work", languages=["fi"]))
    of_a_run, unowned, pekkas = names(service, avi), make(service, avi), make(service, kela)
    for tenant in (avi, kela):
        grow_old(service, tenant)
    let_go(service)
    assert names(service, avi) == of_a_run and (of_a_run or service == "workshop")
    assert keys_of(service).has_died(unowned) and keys_of(service).is_alive(pekkas)


@SERVICES
def test_a_key_whose_transaction_may_not_have_ended_yet_is_looked_at_again(service, avi, let_go):
    young = make(service, avi)
    let_go(service)
    assert keys_of(service).is_alive(young)
    with worker_engine_of(service).connect() as connection:
        mine = {"name": TIMER, "tenant": avi}
        again = text("SELECT count(*) FROM timer WHERE (name, tenant_id) = (:name, :tenant)")
        assert connection.scalar(again, mine) == 1
    grow_old(service, avi)
    let_go(service)
    assert not keys_of(service).is_alive(young)


def test_the_keys_of_a_session_that_people_sign_up_for_live(run, avi, let_go):
    workshop = run.running(run.people(2))
    grow_old("workshop", avi)
    let_go("workshop")
    assert names("workshop", avi) >= {KeyName(avi, UUID(workshop["id"]), one) for one in ("places", "boards")}


class CutOff(Exception):
    """What a power cut looks like to the database."""


def test_halls_of_a_planning_that_was_rolled_back_leave_no_key_behind(avi, hear, world, session_of):
    planned = RunPlanned(run_id=uuid4(), template="hybrid-work", languages=["fi"])
    with pytest.raises(CutOff), session_of("townhall") as session:
        lay_out(session, planned.run_id, "kickoff")
        raise CutOff
    [left] = names("townhall", avi)
    hear("townhall", planned)
    grow_old("townhall", avi)
    with session_of("townhall") as session:
        halls = {KeyName(avi, hall, "hands") for hall in session.scalars(select(Hall.id))}
    assert names("townhall", avi) == halls | {left}
    hear("townhall", RunCompleted(run_id=planned.run_id))
    world.let_time_pass("townhall")
    assert names("townhall", avi) == set()
