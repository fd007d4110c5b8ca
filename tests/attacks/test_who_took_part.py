"""Who has taken part is asked by identity alone, of everybody at once, and learned by nobody else."""

from dataclasses import replace
from uuid import UUID, uuid4

import httpx2
import pytest

from services.identity.models import Member, PseudonymKey
from services.identity.people.turnout_counts import COUNTS, at_the_end
from services.identity.pseudonyms import took_part
from services.identity.pseudonyms.took_part import who_took_part
from shared.contracts.process import RunPlanned
from shared.database import sessions_of
from shared.privacy.keys import keys_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import ASKS_WHO_TOOK_PART, Caller, issue
from tests.survey.conftest import Run as Collecting
from tests.voting.conftest import Reading
from tests.workshop.conftest import Run as Workshops

RUN = UUID("33333333-3333-4333-8333-333333333333")
ACTIVITIES = {"survey": "give_views", "voting": "prioritise", "workshop": "workshop_1"}


@pytest.fixture
def here(world, avi, monkeypatch):
    """Identity asks the services of this process."""

    def way_to(service: str) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://{service}", transport=httpx2.WSGITransport(world.app(service)))

    monkeypatch.setattr(took_part, "way_to", way_to)
    world.hear("identity", RunPlanned(run_id=RUN, template="hybrid-work", languages=["fi"]))


def employ(count: int) -> list[UUID]:
    with sessions_of("identity").begin() as session:
        people = [Member(name=f"Kaisa {n}") for n in range(count)]
        session.add_all(people)
        session.flush()
        return [person.id for person in people]


def known_as(people: list[UUID], purpose: str) -> list[UUID]:
    with sessions_of("identity").begin() as session:
        numbers = PseudonymKey.of(RUN, purpose, session).pseudonyms(people)
    return [numbers[person] for person in people]


def give_views(world, hear, http, people):
    collecting = Collecting(hear, http, id=RUN).plan().opens()
    for person in people:
        assert collecting.writer(subject=person).gives().status_code == 201


def vote(world, hear, http, people):
    reading = Reading(world, run=RUN).plan()
    reading.share(10)
    reading.open()
    for person in people:
        assert reading.reader(subject=person).read()


def attend(world, hear, http, people):
    run = Workshops(http("workshop"), hear, id=RUN)
    hear("workshop", RunPlanned(run_id=RUN, template="hybrid-work", languages=["fi"]))
    run.running([run.person(subject=person) for person in people])


@pytest.mark.parametrize(
    "service, act", [("survey", give_views), ("voting", vote), ("workshop", attend)], ids=ACTIVITIES
)
def test_identity_learns_who_has_and_nobody_else(here, world, hear, http, service, act):
    people = employ(9)
    act(world, hear, http, known_as(people[:4], service))
    took = who_took_part(RUN, ACTIVITIES[service], sessions_of("identity"))
    assert took == set(people[:4])
    with acting_for(world.kela):
        assert who_took_part(RUN, ACTIVITIES[service], sessions_of("identity")) == set()


def to_remind(world, people: list[UUID], activity: str) -> set[UUID]:
    """Whom identity says to notification that they are to be reminded."""
    itself = Caller(tenant=world.avi, subject=UUID(int=0), roles=frozenset({"service"}))
    headers = {"Authorization": f"Bearer {issue('notification', 'identity', itself)}"}
    asked = {"activities": [activity], "ids": [str(one) for one in people]}
    client = world.app("identity").test_client()
    answer = client.post(f"/runs/{RUN}/to-remind", json=asked, headers=headers)
    assert answer.status_code == 200, answer.json
    return {UUID(one["id"]) for one in answer.json["addresses"]}


@pytest.mark.parametrize(
    "service, act", [("survey", give_views), ("voting", vote), ("workshop", attend)], ids=ACTIVITIES
)
def test_whose_key_died_before_identitys_says_that_it_does_not_know_and_nobody_is_reminded(
    here, world, hear, http, service, act, caplog
):
    """Otherwise everybody would be told that they have not taken part, also those who have."""
    people, activity = employ(9), ACTIVITIES[service]
    act(world, hear, http, known_as(people[:6], service))
    assert to_remind(world, people, activity) == set(people[6:])
    keys_of(service).destroy_all_of(world.avi)
    assert who_took_part(RUN, activity, sessions_of("identity")) is None
    assert to_remind(world, people, activity) == set()
    assert COUNTS[at_the_end(activity)](RUN) is None
    assert "is not known any more: nobody is counted, and nobody reminded" in caplog.text
    itself = Caller(tenant=world.avi, subject=UUID(int=0), roles=frozenset({"service"}))
    answer = ask(world, service, ASKS_WHO_TOOK_PART, itself, known_as(people, service))
    assert (answer.status_code, answer.json["code"]) == (410, "nobody-knows-any-more")
    pekkas = replace(itself, tenant=world.kela)
    assert ask(world, service, ASKS_WHO_TOOK_PART, pekkas, known_as(people, service)).json == {
        "took_part": []
    }


def ask(world, service: str, issuer: str, caller: Caller, people: list[UUID]):
    headers = {"Authorization": f"Bearer {issue(issuer, service, caller)}"}
    asked = {"activity": ACTIVITIES[service], "pseudonyms": [str(one) for one in people]}
    return world.app(service).test_client().post(f"/runs/{RUN}/took-part", json=asked, headers=headers)


@pytest.mark.parametrize("service", ACTIVITIES)
def test_no_other_service_and_no_person_may_ask(here, world, hear, http, service):
    act = {"survey": give_views, "voting": vote, "workshop": attend}[service]
    people = known_as(employ(5), service)
    act(world, hear, http, people)
    itself = Caller(tenant=world.avi, subject=UUID(int=0), roles=frozenset({"service"}))
    for issuer in ("portal", "notification", "identity"):
        assert ask(world, service, issuer, itself, people).status_code == 403
    for role in ("lead", "admin", "participant", "facilitator", "operator"):
        person = replace(itself, subject=uuid4(), roles=frozenset({role}))
        assert ask(world, service, "identity", person, people).status_code == 403
    asked = ask(world, service, ASKS_WHO_TOOK_PART, itself, people)
    assert {UUID(one) for one in asked.json["took_part"]} == set(people)
    pekkas = replace(itself, tenant=world.kela)
    assert ask(world, service, ASKS_WHO_TOOK_PART, pekkas, people).json == {"took_part": []}


def test_whoever_asks_who_took_part_can_vouch_for_nobody(world, avi):
    """The key that identity's worker has signs this question; a person's token it cannot sign."""
    person = Caller(tenant=avi, subject=uuid4(), roles=frozenset({"admin"}))
    headers = {"Authorization": f"Bearer {issue(ASKS_WHO_TOOK_PART, 'identity', person)}"}
    assert world.app("identity").test_client().get("/members", headers=headers).status_code == 401


@pytest.mark.parametrize("service", ACTIVITIES)
def test_what_makes_no_sense_is_refused_in_words(world, avi, service):
    itself = Caller(tenant=avi, subject=UUID(int=0), roles=frozenset({"service"}))
    headers = {"Authorization": f"Bearer {issue(ASKS_WHO_TOOK_PART, service, itself)}"}
    client = world.app(service).test_client()
    for asked in ({}, {"activity": "x", "pseudonyms": []}, {"activity": "x", "pseudonyms": ["Kaisa"]}):
        answer = client.post(f"/runs/{RUN}/took-part", json=asked, headers=headers)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
