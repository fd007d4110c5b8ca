"""Attack: sign in, vote, "erase me", sign in, vote. However often, a person holds one hand in a run."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.identity.base import today
from services.identity.models import Connection, Member, PseudonymKey, ReturnMark
from services.identity.pseudonyms import returning
from services.voting.models.counting import open_all
from shared.contracts.process import PhaseOpened, RunCompleted
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.conftest import Door
from tests.identity.houses import House
from tests.identity.test_clients import inside
from tests.voting.conftest import Reader, Reading


@dataclass
class Vote:
    """A run of this organisation in the middle of reading, and how its people vote in it."""

    house: House
    reading: Reading

    @property
    def run(self) -> UUID:
        return self.reading.run

    def reader(self, secret: str) -> Reader:
        return Reader(self.door("voting", secret), self.run)

    def door(self, service: str, secret: str) -> Door:
        tokens = self.house.current(secret, run_id=str(self.run)).json["tokens"]
        client = self.house.world.app(service).test_client()
        return Door(service, client, verify(tokens[service], service))

    def by(self, secret: str) -> int:
        """Tries to read and answer a batch; the status of the first request."""
        reader = self.reader(secret)
        answer = reader.door.post(f"/runs/{self.run}/deck", json={"after": 0})
        if answer.status_code == 200:
            reader.answer(*({"view_id": card["view_id"], "answer": "agree"} for card in answer.json["cards"]))
        return answer.status_code

    def hands(self) -> int:
        with acting_for(self.house.id), sessions_of("voting")() as session:
            return sum(bool(hand.held.answered) for hand in open_all(self.run, session))


@pytest.fixture
def vote(avis, world) -> Vote:
    return a_vote(avis, world)


def a_vote(house: House, world: Any) -> Vote:
    world.avi = house.id
    with acting_for(house.id):
        reading = Reading(world).plan().open()
        reading.share(12)
        open_phase(world, reading.run, "prioritise")
    return Vote(house, reading)


def open_phase(world: Any, run: UUID, *activities: str) -> None:
    world.hear("identity", opened(run, *activities))


def opened(run: UUID, *activities: str) -> PhaseOpened:
    return PhaseOpened(run_id=run, phase="read", activities=list(activities))


def forget(house: House, secret: str) -> None:
    assert inside(house, secret).delete("/me").status_code == 204


def test_rounds_of_voting_and_being_forgotten_leave_one_hand_a_person(avis, vote):
    people = [avis.employ(name) for name in ("Kaisa", "Mikael", "Outi")]
    for _ in range(3):
        for subject in people:
            secret = avis.sign_in(subject)
            vote.by(secret)
            forget(avis, secret)
    assert vote.hands() == len(people)


def test_who_comes_back_is_told_why_there_is_no_second_vote(avis, vote):
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert vote.by(secret) == 200
    forget(avis, secret)
    again = avis.sign_in("kaisa-" + avis.slug)
    refused = vote.reader(again).door.post(f"/runs/{vote.run}/deck", json={"after": 0})
    assert (refused.status_code, refused.json["code"]) == (403, "took-part-before")
    assert refused.content_type == "application/problem+json"
    assert "so you cannot take part a second time. You can read along." in refused.json["detail"]
    assert avis.current(again).json["person"]["reads_along"] == [str(vote.run)]


def test_who_comes_back_reads_along(avis, vote):
    secret = avis.sign_in(avis.employ("Kaisa"))
    forget(avis, secret)
    reader = vote.reader(avis.sign_in("kaisa-" + avis.slug))
    assert reader.door.get(f"/runs/{vote.run}/progress").json["answered"] == 0
    assert reader.deck()["cards"] == []


@pytest.mark.parametrize("address", ["kaisa@{}", "KAISA@{}", "Kaisa@{}"])
def test_the_address_is_recognised_under_another_subject_in_any_case(avis, vote, address):
    first = avis.sign_in(avis.employ("Kaisa"))
    vote.by(first)
    forget(avis, first)
    other = avis.employ("Toinen", email=address.format(avis.domain))
    assert vote.by(avis.sign_in(other)) == 403
    assert vote.hands() == 1


def test_the_subject_is_recognised_under_another_address(avis, vote):
    first = avis.sign_in(avis.employ("Kaisa"))
    vote.by(first)
    forget(avis, first)
    avis.employ("Kaisa", email=f"kaisa.virtanen@{avis.domain}")
    assert vote.by(avis.sign_in("kaisa-" + avis.slug)) == 403


# a second account, without any erasing


def twice(house: House, nr: int = 2) -> str:
    """The directory has Kaisa another time: another subject, the same address."""
    return house.employ(f"Kaisa{nr}", email=f"Kaisa@{house.domain}")


def the_account(secret: str, house: House, session: Any) -> Member:
    return session.get(Member, (house.id, UUID(house.person(secret)["id"])))


def test_two_subjects_with_one_address_have_one_hand(avis, vote):
    first, second = avis.sign_in(avis.employ("Kaisa")), avis.sign_in(twice(avis))
    assert (vote.by(first), vote.by(second)) == (200, 403)
    assert vote.by(avis.sign_in(twice(avis))) == 403 and vote.by(avis.sign_in("kaisa-" + avis.slug)) == 200
    assert vote.hands() == 1


def test_nor_do_two_that_come_for_the_first_time_at_once(avis, vote, monkeypatch):
    """Each has looked for the other before either is there for others to see, unless one waits."""
    avis.sign_in(avis.employ("Mikael"))  # who is the first at all is waited for
    both_have_looked = Barrier(2)

    def once_both_have_looked():
        with suppress(BrokenBarrierError):
            both_have_looked.wait(timeout=1)
        return today()

    monkeypatch.setattr(returning, "today", once_both_have_looked)
    subjects = [avis.employ("Kaisa"), twice(avis)]
    with ThreadPoolExecutor(2) as both:
        secrets = list(both.map(avis.sign_in, subjects))
    assert sorted(vote.by(secret) for secret in secrets) == [200, 403]


def test_nor_with_an_account_that_has_left(avis, vote):
    """The directory makes a new subject for who comes back to work."""
    first = avis.sign_in(avis.employ("Kaisa"))
    vote.by(first)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        the_account(first, avis, session).leave()
    assert vote.by(avis.sign_in(twice(avis))) == 403


def test_who_inherits_the_address_of_somebody_long_gone_has_a_hand(avis, vote):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        the_account(avis.sign_in(avis.employ("Kaisa")), avis, session).signed_in_on = today() - timedelta(2)
    assert vote.by(avis.sign_in(twice(avis))) == 200


def test_of_a_run_from_before_days_were_noted_any_account_may_have_a_hand(avis, vote):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(PseudonymKey).values(made_on=None))
        the_account(avis.sign_in(avis.employ("Kaisa")), avis, session).signed_in_on = today() - timedelta(200)
    assert vote.by(avis.sign_in(twice(avis))) == 403


def test_in_a_run_that_is_planned_later_the_account_in_use_has_the_hand(avis, vote, world):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        the_account(avis.sign_in(avis.employ("Kaisa")), avis, session).signed_in_on = today() - timedelta(9)
    second, third = avis.sign_in(twice(avis)), avis.sign_in(avis.employ("Mikael"))
    later = a_vote(avis, world)
    first = avis.sign_in("kaisa-" + avis.slug)
    assert (later.by(first), later.by(second), later.by(third)) == (403, 200, 200)


def test_people_who_share_a_mailbox_are_not_held_for_one(avis, vote, world):
    secrets = [avis.sign_in(twice(avis, nr)) for nr in range(5)]
    assert [vote.by(secret) for secret in secrets] == [200, 403, 403, 200, 200]
    later = a_vote(avis, world)
    assert {later.by(secret) for secret in secrets} == {200}


def test_a_second_account_reads_along_until_the_last_key_dies(avis, vote, world):
    avis.sign_in(avis.employ("Kaisa"))
    second = avis.sign_in(twice(avis))
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        for key in PseudonymKey.all_of(vote.run, session):
            if key.purpose != "voting":
                key.destroy(session)
    assert vote.by(second) == 403
    with acting_for(avis.id):
        world.hear("identity", RunCompleted(run_id=vote.run))
    assert avis.person(second)["reads_along"] == []


def test_the_address_at_another_organisation_is_somebody_elses(avis, kelas, vote, world):
    avis.sign_in(avis.employ("Kaisa"))
    with acting_for(kelas.id), sessions_of("identity").begin() as session:
        session.query(Connection).one().domains = [avis.domain, kelas.domain]
    theirs = a_vote(kelas, world)
    assert theirs.by(kelas.sign_in(twice(avis))) == 200


def test_a_colleague_is_not_held_for_who_was_forgotten(avis, vote):
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    assert vote.by(avis.sign_in(avis.employ("Mikael"))) == 200


def test_another_account_with_the_address_is_closed_out_while_it_is_signed_in(avis, vote):
    """Two accounts, two subjects, one address in the end: forgotten as one of them, she has no fresh hand as the other."""
    first, other = avis.sign_in(avis.employ("Kaisa")), avis.employ("Toinen")
    avis.sign_in(other)
    avis.employ("Toinen", email=f"KAISA@{avis.domain}")
    second = avis.sign_in(other)
    assert avis.current(second).json["person"]["reads_along"] == []
    vote.by(first)
    forget(avis, first)
    assert vote.by(second) == 403


def test_a_new_address_that_was_a_forgotten_persons_is_recognised(avis, vote):
    first = avis.sign_in(avis.employ("Kaisa"))
    vote.by(first)
    forget(avis, first)
    other = avis.employ("Kaisa2", email=f"kaisa.v@{avis.domain}")
    assert avis.current(avis.sign_in(other)).json["person"]["reads_along"] == []
    avis.employ("Kaisa2", email=f"kaisa@{avis.domain}")
    assert vote.by(avis.sign_in(other)) == 403


def test_a_run_that_opens_later_is_open_to_who_came_back(avis, vote, world):
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    later = a_vote(avis, world)
    secret = avis.sign_in("kaisa-" + avis.slug)
    assert vote.by(secret) == 403
    assert later.by(secret) == 200


def test_survey_and_workshop_of_the_run_are_closed_as_well(avis, vote, world):
    with acting_for(avis.id):
        open_phase(world, vote.run, "give_views", "workshop_1")
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    again = avis.sign_in("kaisa-" + avis.slug)
    for service, path in (
        ("survey", f"/themes/{UUID(int=1)}/draft"),
        ("workshop", f"/workshops/{UUID(int=1)}/place"),
    ):
        refused = vote.door(service, again).put(path, json={"text": "x", "language": "fi"})
        assert refused.json["code"] == "took-part-before", service


def marks(house: House) -> list[ReturnMark]:
    with acting_for(house.id), sessions_of("identity")() as session:
        return list(session.scalars(select(ReturnMark)))


def test_the_marks_die_with_the_key_and_so_does_what_they_told(avis, vote, world):
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    again = avis.sign_in("kaisa-" + avis.slug)
    assert len(marks(avis)) == 8  # four keys, each by subject and by address
    with acting_for(avis.id):
        world.hear("identity", RunCompleted(run_id=vote.run))
    assert marks(avis) == []
    assert avis.current(again).json["person"]["reads_along"] == []


def test_a_mark_tells_nothing_without_the_key(avis, vote):
    """Neither the plain hash of who it was, nor a mark of the same person in another run, is like it."""
    import hashlib

    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    stored = [mark.mark for mark in marks(avis)]
    assert len(set(stored)) == 8 and all(len(mark) == 32 for mark in stored)
    guesses = [f"kaisa@{avis.domain}", "kaisa-" + avis.slug]
    assert not {hashlib.sha256(guess.encode()).digest() for guess in guesses} & set(stored)
    assert set(ReturnMark.__table__.columns.keys()) == {"tenant_id", "run_id", "purpose", "mark"}


def test_no_mark_is_left_where_no_key_lives(avis, world):
    forget(avis, avis.sign_in(avis.employ("Kaisa")))
    assert marks(avis) == []
    vote = a_vote(avis, world)
    assert vote.by(avis.sign_in("kaisa-" + avis.slug)) == 200


def test_another_organisation_does_not_know_who_was_forgotten(avis, kelas, vote, world):
    forget(avis, avis.sign_in(avis.employ("Pekka")))
    theirs = a_vote(kelas, world)
    kelas.provider.know(
        "pekka-" + avis.slug, name="Pekka", email=f"pekka@{kelas.domain}", email_verified=True
    )
    assert theirs.by(kelas.sign_in("pekka-" + avis.slug)) == 200
    assert marks(kelas) == []
