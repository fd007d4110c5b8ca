"""Attack: come to an event, answer, "erase me", come again. However often, a person holds one hand in it, and reads why."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from services.identity.models import PseudonymKey
from services.process.journey import HYBRID_WORK
from services.process.models import Run
from services.townhall.models import Answer, Upvote
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.contracts.townhall import TownhallEnded
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.attacks.test_one_person_one_hand import forget, marks, opened
from tests.conftest import Door
from tests.identity.houses import House


@dataclass
class Event:
    """A lecture on the air, with a poll and a question on its screens."""

    house: House
    run: UUID
    hall: str
    poll: str
    question: str

    def tokens(self, secret: str, run: UUID | None = None) -> Door:
        asked = {"run_id": str(run or self.run)} if run != UUID(int=0) else {}
        token = self.house.current(secret, **asked).json["tokens"]["townhall"]
        client = self.house.world.app("townhall").test_client()
        return Door("townhall", client, verify(token, "townhall"))

    def acts_of(self, secret: str, run: UUID | None = None) -> list[int]:
        """An upvote and an answer, as far as the hall lets this person; their statuses."""
        person = self.tokens(secret, run)
        return [
            person.put(f"{self.question}/upvote").status_code,
            person.put(f"{self.poll}/answer", json={"value": 0}).status_code,
        ]

    def hands(self) -> tuple[int, int]:
        with acting_for(self.house.id), sessions_of("townhall")() as session:
            counted = (select(func.count()).select_from(noun) for noun in (Upvote, Answer))
            return tuple(session.scalars(each).one() for each in counted)  # type: ignore[return-value]


@pytest.fixture
def event(avis, world) -> Event:
    return an_event(avis, world, uuid4(), "kickoff")


def an_event(house: House, world: Any, run: UUID, purpose: str) -> Event:
    planned = RunPlanned(run_id=run, template="hybrid-work", languages=["fi", "sv"])
    phase = PhaseOpened(run_id=run, phase=purpose, activities=[purpose])
    world.avi = house.id
    with acting_for(house.id):
        for service in ("identity", "townhall"):
            world.hear(service, planned, phase)
    host = world.door("townhall").of(house.id).as_("facilitator", run_id=run)
    halls = {hall["purpose"]: hall["id"] for hall in host.get(f"/runs/{run}/halls").json}
    hall = f"/halls/{halls[purpose]}"
    host.post(f"{hall}/start")
    asked = host.as_("participant", run_id=run).post(
        f"{hall}/questions", json={"words": "Kuka päättää läsnäolosta?", "language": "fi"}
    )
    host.post(f"/questions/{asked.json['id']}/show")
    choice = {"kind": "choice", "words": {"fi": "Missä?"}, "options": [{"fi": "Koti"}, {"fi": "Toimisto"}]}
    poll = host.post(f"{hall}/polls", json=choice).json["id"]
    host.put(f"{hall}/stage", json={"kind": "poll", "poll_id": poll})
    return Event(house, run, hall, f"/polls/{poll}", f"/questions/{asked.json['id']}")


def keys_but_the_halls_are_gone(house: House, run: UUID) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        for key in PseudonymKey.all_of(run, session):
            if key.purpose != "townhall":
                key.destroy(session)


def test_rounds_of_answering_and_being_forgotten_leave_one_hand_in_an_event(avis, event):
    """At the launch the keys of writing and voting may be gone for long: the hall has marks of its own."""
    keys_but_the_halls_are_gone(avis, event.run)
    people = [avis.employ(name) for name in ("Kaisa", "Mikael", "Outi")]
    for _ in range(3):
        for subject in people:
            secret = avis.sign_in(subject)
            event.acts_of(secret)
            forget(avis, secret)
    assert event.hands() == (3, 3)


def test_who_comes_back_to_an_event_still_comes_asks_and_reads_the_reason(avis, event):
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    again = event.tokens(avis.sign_in("kaisa-" + avis.slug))
    refused = again.put(f"{event.poll}/answer", json={"value": 0})
    assert (refused.status_code, refused.json["code"]) == (403, "took-part-before")
    asked = {"words": "Saako kotona tehdä töitä?", "language": "fi"}
    assert again.put(f"{event.hall}/sign-up").status_code == 204
    assert again.post(f"{event.hall}/questions", json=asked).status_code == 201
    assert again.get(event.hall).status_code == 200


def test_an_address_of_another_run_opens_no_second_hand(avis, event, world):
    """The token is for the run in the address; one that she may take part in does not reach this run's polls."""
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert event.acts_of(secret) == [204, 200]
    forget(avis, secret)
    later, again = uuid4(), avis.sign_in("kaisa-" + avis.slug)
    avis.plans(later)
    assert event.acts_of(again, later) == [404, 404]
    assert event.acts_of(again, UUID(int=0)) == [404, 404]  # a page of no run
    assert event.hands() == (1, 1)


def test_the_halls_marks_die_with_its_hands(avis, event, world):
    keys_but_the_halls_are_gone(avis, event.run)
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    again = avis.sign_in("kaisa-" + avis.slug)
    assert event.acts_of(again) == [403, 403] and {mark.purpose for mark in marks(avis)} == {"townhall"}
    with acting_for(avis.id):
        world.hear(
            "identity", TownhallEnded(run_id=event.run, hall_id=uuid4(), signed_up=0, questions=1, answered=0)
        )
    assert marks(avis) == []
    assert avis.current(again).json["person"]["reads_along"] == []
    launch = an_event(avis, world, event.run, "launch")  # its phase makes a new key
    assert launch.acts_of(again) == [204, 200]
    forget(avis, again)
    assert launch.acts_of(avis.sign_in("kaisa-" + avis.slug)) == [403, 403]


def test_the_phase_of_an_event_that_goes_by_unheld_leaves_its_marks(avis, event, world):
    """Its doors may open again, and the hands of before are still there."""
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    with acting_for(avis.id):
        world.hear(
            "identity", PhaseClosed(run_id=event.run, phase="kickoff", activities=["kickoff"], goes_on=[])
        )
        world.let_time_pass("identity")
    assert event.acts_of(avis.sign_in("kaisa-" + avis.slug)) == [403, 403]


def test_another_organisations_people_have_hands_in_their_own_event(avis, kelas, event, world):
    forget(avis, avis.sign_in(avis.employ("Pekka")))
    kelas.provider.know(
        "pekka-" + avis.slug, name="Pekka", email=f"pekka@{kelas.domain}", email_verified=True
    )
    pekka = kelas.sign_in("pekka-" + avis.slug)
    theirs = an_event(kelas, world, uuid4(), "kickoff")
    assert theirs.acts_of(pekka) == [204, 200]
    assert Event(kelas, event.run, event.hall, event.poll, event.question).acts_of(pekka) == [404, 404]


# on the pages


def test_the_page_says_beforehand_what_coming_back_will_be_like(avis, browse):
    kaisa = browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    assert "nyt käynnissä olevilla poluilla voit silloin vain lukea" in kaisa.get("/me").text


@pytest.fixture
def planned_run(avis, world) -> UUID:
    """A run that the whole portal knows, in the middle of writing and reading."""
    world.avi = avis.id
    about = {"name": "Hybridityö", "template": HYBRID_WORK, "languages": ["fi", "sv"]}
    with acting_for(avis.id):
        with sessions_of("process").begin() as session:
            run = Run.plan(starts_at=datetime.now(UTC), consultancy_id=uuid4(), **about)
            session.add(run)
        planned = RunPlanned(run_id=run.id, template="hybrid-work", languages=["fi", "sv"])
        for service in ("survey", "voting", "identity"):
            world.hear(service, planned, opened(run.id, "give_views", "prioritise"))
    return run.id


def test_who_came_back_reads_on_every_page_that_she_only_reads_along(avis, planned_run, browse):
    kaisa, mikael = browse(avis), browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    kaisa.post("/me/erasure", {"sure": "yes"})
    kaisa.sign_in("kaisa-" + avis.slug)
    mikael.sign_in(avis.employ("Mikael"))
    sentence = "joten et voi osallistua toista kertaa"
    there = f"/runs/{planned_run}/views"
    assert kaisa.get(f"/runs/{planned_run}/reading").headers["Location"] == there
    page, his = kaisa.get(there).text, mikael.get(there).text
    assert sentence in page and sentence not in his
    assert page.count("/all") == 4 and "/all" not in his  # she may read; he writes first
    assert page.count(">Kirjoita<") == 0 and his.count(">Kirjoita<") == 4
    assert sentence in kaisa.get("/home").text and sentence not in mikael.get("/home").text


def test_who_reads_along_sees_the_poll_and_its_reason_instead_of_a_form(avis, planned_run, world, browse):
    event = an_event(avis, world, planned_run, "kickoff")
    kaisa, mikael = browse(avis), browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    kaisa.post("/me/erasure", {"sure": "yes"})
    kaisa.sign_in("kaisa-" + avis.slug)
    mikael.sign_in(avis.employ("Mikael"))
    page, his = (browser.get(f"/runs/{event.run}/kickoff").text for browser in (kaisa, mikael))
    poll = f'id="poll-{event.poll.rpartition("/")[2]}"'
    assert "joten et voi osallistua toista kertaa" in page and poll not in page and poll in his
    assert page.count("Missä?") == 1 and "data-only-reading" in page and "data-only-reading" not in his
    assert 'id="ask"' in page and re.search(r'class="lift"[^>]* disabled', page)
    assert not re.search(r'class="lift"[^>]* disabled', his)
