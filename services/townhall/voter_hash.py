"""Hands: how a hall knows an upvote or an answer for its giver's, without knowing the giver.

A hand is made from (thing, member) with the key of the hall. It differs from thing to thing, so that no two acts of a
person meet; when the event is over the key is destroyed (shared/privacy/keys.py), and nobody can compute a hand any more.
"""

from uuid import UUID

from shared.privacy.keys import Key


def hand_of(member: UUID, thing: UUID, key: Key) -> bytes:
    return key.digest(thing.bytes + member.bytes, "hand")
