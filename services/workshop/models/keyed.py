"""The two keys of a session: one for its places, which dies after its round; one for who does what on its boards, which dies
with the session."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, select

from services.workshop.models.place import GivenUp, Person, Place
from services.workshop.models.refusals import WorkshopIsNotRunning
from services.workshop.models.sign_of_life import SignOfLife
from shared.privacy.keys import Key, KeyIsDead, KeyName, keys_of, name_in

if TYPE_CHECKING:
    from services.workshop.models.workshop import Workshop

PLACES, BOARDS = "places", "boards"
KINDS = {"mark": "mark", "unmark": "mark", "judge": "judgement"}
LENGTH = 32


class Hand:
    """The holder of a place at the boards of the session. Gives another number on every card for words, mark and judgement, and on
    every outcome for the signature, so that no two acts of a person meet."""

    __slots__ = ("_key", "_place")

    def __init__(self, place: UUID, key: Key) -> None:
        self._place, self._key = place, key

    def on(self, card: str, kind: str) -> str:
        """Returns the number with which she does acts of this kind on the card."""
        return self._number(UUID(card), KINDS.get(kind, "words"))

    def under(self, outcome_id: UUID) -> str:
        """Returns the number with which she signs the outcome."""
        return self._number(outcome_id, "signature")

    def _number(self, thing: UUID, use: str) -> str:
        return self._key.digest(thing.bytes + self._place.bytes, use).hex()[:LENGTH]


class Keyed:
    """The keys of a session: makes, uses and destroys them."""

    def open_for_sign_up(self: "Workshop", *, anew: bool = False) -> None:
        """Makes the key of the places; one that has died stays dead, unless the session takes people `anew`."""
        self._make(PLACES, anew=anew)

    @property
    def takes_people(self: "Workshop") -> bool:
        return self._key(PLACES) is not None

    def number_of(self: "Workshop", participant: UUID) -> UUID | None:
        """Returns the number of this person's place, taken or not; none when nobody knows any more whose a place is."""
        return self.numbers_of([participant]).get(participant)

    def numbers_of(self: "Workshop", participants: Iterable[UUID], use: str = "place") -> dict[UUID, UUID]:
        """Returns the numbers of these people's places, taken or not; none when nobody knows them any more."""
        key = self._key(PLACES)
        return {one: key.number(one.bytes, use) for one in participants} if key else {}

    def hand_of(self: "Workshop", participant: UUID) -> Hand | None:
        """Returns what this person is on the boards; none before the start, and when the session is over."""
        number, key = self.number_of(participant), self._key(BOARDS)
        return Hand(number, key) if number and key else None

    def hands(self: "Workshop") -> list[Hand]:
        """Returns the hands of all who have a place."""
        if key := self._key(BOARDS):
            places = self._session.scalars(select(Place.id).filter_by(workshop_id=self.id))
            return [Hand(place, key) for place in places]
        return []

    def hand_at_work(self: "Workshop", participant: UUID) -> Hand:
        """Returns the hand of somebody who acts; raises WorkshopIsNotRunning."""
        hand = self.hand_of(participant) if self.is_running else None
        if hand is None:
            raise WorkshopIsNotRunning
        return hand

    def give_hands(self: "Workshop") -> None:
        self._make(BOARDS)

    def forget_hands(self: "Workshop") -> None:
        """From now on nobody can tell who wrote, marked, judged or signed."""
        self._destroy(BOARDS)

    def forget_traits(self: "Workshop") -> None:
        """Forgets the traits by which groups were mixed; the turn stays, by which staff know the places."""
        people = self.people()
        if key := self._key(PLACES):
            for place in self.taken:
                place.seal(Person(people[place.id].turn), key)

    def forget_places(self: "Workshop") -> None:
        """Destroys what keys are left, and then the places and signs of life."""
        self.forget_hands()
        self._destroy(PLACES)
        for those in (Place, GivenUp):
            self._session.execute(delete(those).filter_by(workshop_id=self.id))
        SignOfLife.forget(self.id, self._session)
        self._session.expire(self, ["taken"])

    def _make(self: "Workshop", purpose: str, *, anew: bool = False) -> None:
        keys_of("workshop").make(name := name_in(self._session, self.id, purpose), anew=anew)
        self._session.info.get("keys", {}).pop(name, None)

    def _key(self: "Workshop", purpose: str) -> Key | None:
        """Read once for what asks in one request or event: it ends with its database session."""
        held: dict[KeyName, Key | None] = self._session.info.setdefault("keys", {})
        name = name_in(self._session, self.id, purpose)
        if name not in held:
            held[name] = _living(name)
        return held[name]

    def _destroy(self: "Workshop", purpose: str) -> None:
        keys_of("workshop").destroy(name := name_in(self._session, self.id, purpose))
        self._session.info.get("keys", {}).pop(name, None)


def _living(name: KeyName) -> Key | None:
    try:
        return keys_of("workshop").use(name)
    except KeyIsDead:
        return None
