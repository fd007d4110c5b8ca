"""An installation whose halls' keys lay in the database comes along: open events know hands by new keys, ended ones keep counts."""

import hmac
import os
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.townhall.voter_hash import hand_of
from shared.privacy.keys import KeyName, keys_of
from tests.installations import act_for, migrate, of_before, put

AS_THEY_WERE = {"identity": "identity_0012", "townhall": "townhall_0002"}
A_QUESTION = {"words": "?", "language": "fi", "state": "shown", "reply": "", "is_carried_forward": False}
A_POLL = {"words": "{}", "options": "[]", "steps": 5, "position": 0, "state": "closed", "is_revealed": True}
A_HALL = {"purpose": "kickoff", "words": "{}", "script": "", "asking": "pseudonymous", "moderation": "after"}


@pytest.fixture
def old(server, database, tmp_path, monkeypatch):
    """A connection to a database as it was, as the owner of the tables; bring_up() makes townhall today's."""
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))
    with of_before(server, database, AS_THEY_WERE) as connection:
        yield connection, lambda: migrate(connection, "townhall", "townhall_0003")


def ask(connection, line: str) -> list:
    return list(connection.execute(text(line)))


def staff(connection, count: int) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    for id in ids:
        row = {"name": "Kaisa", "email": "", "language": "fi", "vouched_roles": [], "given_roles": []}
        put(connection, "identity.member", id=id, **row)
    return ids


class Event:
    """A hall of before, with a question of its first person, everybody's upvotes, and answers to two polls."""

    def __init__(self, connection, people: list[UUID], state: str, published: int = 0) -> None:
        self.connection, self.people, self.key = connection, people, os.urandom(32)
        self.hall, self.question, self.choice, self.cloud = (uuid4() for _ in range(4))
        row = A_HALL | {"code": self.hall.hex[:6], "state": state, "categories": "[]", "on_stage": "pause"}
        put(connection, "hall", id=self.hall, run_id=uuid4(), **row)
        if state != "over":
            put(connection, "hall_key", hall_id=self.hall, key=self.key)
        for poll, kind in ((self.choice, "choice"), (self.cloud, "words")):
            put(connection, "poll", id=poll, hall_id=self.hall, kind=kind, struck=[], **A_POLL)
        hand = self.old_hand(people[0], self.hall) if state != "over" else None
        row = A_QUESTION | {"upvotes": len(people), "hand": hand}
        put(connection, "question", id=self.question, hall_id=self.hall, **row)
        self.answer(upvote=state != "over")
        if published:
            row = {"answers": published, "counts": f'{{"0": {published}}}'}
            put(connection, "result", poll_id=self.choice, **row)

    def answer(self, upvote: bool) -> None:
        for nr, person in enumerate(self.people):
            hands = {
                thing: self.old_hand(person, thing) for thing in (self.question, self.choice, self.cloud)
            }
            given = {"poll_id": self.choice, "hand": hands[self.choice], "value": nr % 2, "words": []}
            put(self.connection, "answer", **given)
            given = {"poll_id": self.cloud, "hand": hands[self.cloud], "words": ["rauha", f"sana {nr}"]}
            put(self.connection, "answer", **given)
            if upvote:
                put(self.connection, "upvote", question_id=self.question, hand=hands[self.question])

    def old_hand(self, person: UUID, thing: UUID) -> bytes:
        return hmac.digest(self.key, thing.bytes + person.bytes, "sha256")

    def old_hands(self) -> set[bytes]:
        things = (self.hall, self.question, self.choice, self.cloud)
        return {self.old_hand(person, thing) for person in self.people for thing in things}


def every_hand(connection) -> set[bytes]:
    tables = (
        "SELECT hand FROM answer",
        "SELECT hand FROM upvote",
        "SELECT hand FROM question WHERE hand IS NOT NULL",
    )
    return {bytes(hand) for line in tables for (hand,) in ask(connection, line)}


def test_in_an_open_event_everybody_finds_the_own_hands_again(old):
    connection, bring_up = old
    tenant = act_for(connection, uuid4())
    event = Event(connection, staff(connection, 3), "on_air")
    bring_up()
    key = keys_of("townhall").use(KeyName(tenant, event.hall, "hands"))
    for nr, person in enumerate(event.people):
        given = {"hand": hand_of(person, event.choice, key), "poll": event.choice}
        line = text("SELECT value FROM answer WHERE poll_id = :poll AND hand = :hand")
        assert connection.scalar(line, given) == nr % 2
    upvotes = {bytes(hand) for (hand,) in ask(connection, "SELECT hand FROM upvote")}
    assert upvotes == {hand_of(person, event.question, key) for person in event.people}
    ((asked,),) = ask(connection, "SELECT hand FROM question")
    assert bytes(asked) == hand_of(event.people[0], event.hall, key)
    assert not every_hand(connection) & event.old_hands()


def test_the_hands_of_who_is_not_there_any_more_are_counted_and_nobodys(old):
    connection, bring_up = old
    tenant = act_for(connection, uuid4())
    event = Event(connection, staff(connection, 2), "open")
    connection.execute(text("DELETE FROM identity.member WHERE id = :id"), {"id": event.people[0]})
    bring_up()
    key = keys_of("townhall").use(KeyName(tenant, event.hall, "hands"))
    assert ask(connection, "SELECT count(*) FROM upvote") == [(2,)]
    hands = every_hand(connection)
    assert not hands & event.old_hands() and hand_of(event.people[1], event.choice, key) in hands
    assert hand_of(event.people[0], event.choice, key) not in hands


def test_an_ended_event_keeps_its_counts_and_loses_who_gave_them(old):
    """What was published stays while fewer than five have come since."""
    connection, bring_up = old
    act_for(connection, uuid4())
    people = staff(connection, 7)
    fresh, shown = Event(connection, people, "over"), Event(connection, people, "over", published=4)
    later, small = Event(connection, people, "over", published=2), Event(connection, people[:4], "over")
    bring_up()
    assert every_hand(connection) == set()
    results = {poll: (answers, counts) for poll, answers, counts in ask(connection, RESULTS)}
    assert results[fresh.choice] == (7, {"0": 4, "1": 3})
    assert results[fresh.cloud] == (7, {"rauha": 7} | {f"sana {nr}": 1 for nr in range(7)})
    assert results[shown.choice] == (4, {"0": 4})
    assert results[later.choice] == (7, {"0": 4, "1": 3})
    assert small.choice not in results


RESULTS = "SELECT poll_id, answers, counts FROM result"


def test_no_key_is_left_in_the_database_and_questions_stay(old):
    connection, bring_up = old
    act_for(connection, uuid4())
    Event(connection, staff(connection, 2), "over")
    open_one = Event(connection, staff(connection, 2), "planned")
    bring_up()
    assert connection.scalar(text("SELECT to_regclass('townhall.hall_key')")) is None
    assert {upvotes for (upvotes,) in ask(connection, "SELECT upvotes FROM question")} == {2}
    tenant = UUID(connection.scalar(text("SELECT current_setting('app.tenant')")))
    assert keys_of("townhall").is_alive(KeyName(tenant, open_one.hall, "hands"))


def test_another_organisation_keeps_its_own_and_sees_no_other(old):
    connection, bring_up = old
    act_for(connection, uuid4())
    Event(connection, staff(connection, 3), "on_air")
    kela = act_for(connection, uuid4())
    theirs = Event(connection, staff(connection, 1), "on_air")
    bring_up()
    act_for(connection, kela)
    key = keys_of("townhall").use(KeyName(kela, theirs.hall, "hands"))
    assert ask(connection, "SELECT hand FROM upvote") == [(hand_of(theirs.people[0], theirs.question, key),)]
    assert ask(connection, "SELECT count(*) FROM answer") == [(2,)]
    act_for(connection, uuid4())
    assert every_hand(connection) == set()
