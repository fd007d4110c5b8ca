"""The key of a hall, which makes hands: a file, there from the laying out until the end of the event."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.townhall.voter_hash import hand_of
from shared.privacy.keys import Key, KeyIsDead, keys_of, name_in
from shared.problems import RuleBroken

HANDS = "hands"


class KeyIsGone(RuleBroken):
    """The event is over, and with it the key that told whose upvotes and answers were whose."""


def make_key(hall_id: UUID, session: Session, anew: bool = False) -> bool:
    """Makes the hall's key; `anew` also where one has died: the event begins once more. Returns whether it did."""
    return keys_of("townhall").make(name_in(session, hall_id, HANDS), anew=anew)


def destroy_key(hall_id: UUID, session: Session) -> None:
    keys_of("townhall").destroy(name_in(session, hall_id, HANDS))


def key_of(hall_id: UUID, session: Session) -> Key:
    """Returns the hall's key, for this transaction alone; raises KeyIsGone after the end."""
    try:
        return keys_of("townhall").use(name_in(session, hall_id, HANDS))
    except KeyIsDead:
        raise KeyIsGone from None


def hand_in(session: Session, hall_id: UUID, member: UUID, thing: UUID) -> bytes:
    """The member's hand for one thing of a hall; raises KeyIsGone after the end."""
    return hand_of(member, thing, key_of(hall_id, session))
