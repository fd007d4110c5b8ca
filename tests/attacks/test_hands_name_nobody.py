"""Attack: the whole database in hand, whose hand is it, and who wrote the view that it lacks?

While the key lives, who has it as well can find out, as pages say; the database alone is not enough. After the key's day nothing is.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.voting.exposure import Readership, deal
from services.voting.models import Hand, View
from services.voting.models.counting import open_all
from services.voting.models.sealing import Seal
from shared.contracts.identity import KeyDestroyed
from shared.privacy.keys import Key, KeyIsDead, keys_of
from tests.attacks.test_results_point_to_nobody import SITES, Readers
from tests.files_on_disk import content_of
from tests.voting.hands import hold


@dataclass
class Attacker:
    """Has voting's database, and every key file that there is."""

    readers: Readers
    session_of: Any
    person_of: dict[UUID, int] = field(default_factory=dict)

    def hands(self) -> list:
        """Those that open."""
        with self.session_of("voting") as session:
            try:
                return open_all(self.readers.run, session)
            except KeyIsDead:
                return []

    def authors_by_what_is_lacking(self) -> dict[str, int]:
        """View -> the one reader in whose hand it is not (A2)."""
        found = {}
        for view in self.readers.author_of:
            lacking = [h.participant for h in self.hands_with_cards if UUID(view) not in h.views]
            if len(lacking) == 1:
                found[view] = self.person_of[lacking[0]]
        return found

    @property
    def hands_with_cards(self) -> list:
        return [Dealt(hand.participant, {card.view_id for card in hand.held.cards}) for hand in self.hands()]

    def singled_out(self) -> set[UUID]:
        """Readers who are alone with their unit and site (A3)."""
        places = {hand.participant: (hand.held.unit, hand.held.site) for hand in self.hands()}
        alone = {place for place, people in Counter(places.values()).items() if people == 1}
        return {participant for participant, place in places.items() if place in alone}


@dataclass
class Dealt:
    participant: UUID
    views: set[UUID]


@pytest.fixture
def attacker(world, avi, session_of) -> Attacker:
    """Sixty people, thirty of whom have written a view; everybody has read all but the own."""
    readers = Readers(world).plan().open().write()
    attacker = Attacker(readers, session_of)
    with session_of("voting") as session:
        for person, unit in enumerate(readers.people):
            read = {UUID(view): 1 for view, author in readers.author_of.items() if author != person}
            place = {"unit": unit, "site": SITES[person % 3]}
            attacker.person_of[hold(readers.run, session, read, **place)] = person
    return attacker


def the_keys_day(readers: Readers) -> None:
    readers.end()
    readers.world.hear("voting", KeyDestroyed(run_id=readers.run, purpose="voting"))


def test_while_the_key_lives_whoever_has_it_finds_every_author_and_whoever_stands_alone(attacker):
    assert attacker.authors_by_what_is_lacking() == attacker.readers.author_of
    assert len(attacker.singled_out()) > 0


def test_without_the_key_no_two_hands_differ_but_in_their_names(attacker, session_of):
    """Every column that is no name and not sealed, and the length of what is."""
    with session_of("voting") as session:
        rows = session.execute(
            select(Hand.version, Hand.dirty, text("length(sealed)")).filter_by(run_id=attacker.readers.run)
        ).all()
    assert len(rows) == 60 and len(set(rows)) == 1


def test_after_the_keys_day_no_author_is_found_and_nobody_stands_alone(attacker, session_of):
    the_keys_day(attacker.readers)
    assert attacker.authors_by_what_is_lacking() == {} and attacker.singled_out() == set()
    with session_of("voting") as session, pytest.raises(KeyIsDead):
        Seal.of(attacker.readers.run, session)
    with session_of("voting") as session:
        views = session.scalars(select(View).filter_by(run_id=attacker.readers.run)).all()
        assert {(v.agrees, v.passes, v.disagrees, v.hearts) for v in views} == {(0, 0, 0, 0)}


def test_a_copy_of_the_hands_from_before_opens_no_more(attacker, session_of):
    """A dump of the day before, brought back beside the keys of today."""
    with session_of("voting") as session:
        copy = session.execute(select(Hand.participant, Hand.version, Hand.sealed)).all()
    the_keys_day(attacker.readers)
    with session_of("voting") as session:
        for participant, version, sealed in copy:
            row = {"participant": participant, "version": version, "sealed": sealed}
            session.add(Hand(run_id=attacker.readers.run, dirty=True, **row))
    assert attacker.hands() == []


def test_a_deal_cannot_be_played_again_without_the_key(attacker, session_of):
    """Whoever plays it again sees what was left out: the own views (A10)."""
    readers = attacker.readers
    kaisa = readers.reader()
    before = as_they_are_read(readers, session_of)
    dealt = [UUID(card["view_id"]) for card in kaisa.deal(themes=[str(readers.themes[0])])["cards"]]
    participant = kaisa.door.who.subject
    with session_of("voting") as session:
        seed = Seal.of(readers.run, session).turn(participant, 1)
    assert deal(before, 0, seed) == dealt
    with_a_guess = Seal(Key(bytes(32)), readers.world.avi, readers.run).turn(participant, 1)
    for stored in (f"{readers.run}:{participant}:1", with_a_guess):
        assert deal(before, 0, stored) != dealt
    the_keys_day(readers)
    with session_of("voting") as session, pytest.raises(KeyIsDead):
        Seal.of(readers.run, session)


def as_they_are_read(readers: Readers, session_of) -> list[Readership]:
    with session_of("voting") as session:
        views = select(View.id).filter_by(run_id=readers.run, theme_id=readers.themes[0])
        return [Readership(view, 0, 0) for view in session.scalars(views)]


def test_after_the_night_no_sealed_hand_lies_in_a_file_of_the_database(attacker, world, session_of, server):
    with session_of("voting") as session:
        hands = select(Hand.sealed).filter_by(run_id=attacker.readers.run).limit(10)
        sealed = [value[:40] for value in session.scalars(hands)]
    assert found_in_files(server, sealed) == set(sealed)
    the_keys_day(attacker.readers)
    for _ in range(2):  # the night, and the minute after
        world.let_time_pass("voting")
    assert found_in_files(server, sealed) == set()
    assert not list((keys_of("voting").folder / str(world.avi)).glob("*/*"))


def found_in_files(server, values: list[bytes]) -> set[bytes]:
    """What of these lies in the tables' files, once everything is written."""
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    found = set()
    for path in (server.data / "base").glob("*/[0-9]*"):
        content = content_of(path)
        found |= {value for value in values if value in content}
    return found
