"""The key of a run's hands: made when the ballot is laid out, used once a transaction, destroyed on its day."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.voting.models.card import Held
from shared.privacy.keys import Key, keys_of, name_in
from shared.tenancy.sessions import tenant_of

SERVICE, HANDS = "voting", "hands"
SIZES = (1024, 4096, 16384, 65536)
"""A hand of the usual goal, 20 views, fits into the first: a row of 1 KiB stays in its page, one of 4 KiB would not."""


def make_key(run_id: UUID, session: Session) -> None:
    keys_of(SERVICE).make(name_in(session, run_id, HANDS))


def destroy_key(run_id: UUID, session: Session) -> None:
    keys_of(SERVICE).destroy(name_in(session, run_id, HANDS))


class Seal:
    """Opens and seals the hands of one run, for one transaction. A hand opens under its own name and version alone."""

    def __init__(self, key: Key, tenant: UUID, run_id: UUID) -> None:
        self._key, self._about = key, tenant.bytes + run_id.bytes

    @classmethod
    def of(cls, run_id: UUID, session: Session) -> "Seal":
        """Raises KeyIsDead: nobody opens these hands any more."""
        name = name_in(session, run_id, HANDS)
        return cls(keys_of(SERVICE).use(name), tenant_of(session), run_id)

    def close(self, held: Held, participant: UUID, version: int) -> bytes:
        return self._key.seal(held.packed(), self._about_hand(participant, version), SIZES)

    def open(self, sealed: bytes, participant: UUID, version: int) -> Held:
        return Held.unpacked(self._key.open(sealed, self._about_hand(participant, version)))

    def turn(self, participant: UUID, batch: int) -> str:
        """Returns the seed of a deal: without the key nobody plays it again and sees what was left out."""
        of = self._about + participant.bytes + batch.to_bytes(4)
        return self._key.digest(of, "deal").hex()

    def _about_hand(self, participant: UUID, version: int) -> bytes:
        return self._about + participant.bytes + version.to_bytes(8)
