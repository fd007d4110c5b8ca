"""On what each open stream rests, and its end as soon as that ends: a session, a grant, an organisation's rooms."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_in_client
from services.portal.live.channels import Follower
from shared.contracts.api.identity import AccessContext, IdsAsked

log = logging.getLogger(__name__)
MOST_AT_ONCE = 1_000
MOST_SCREENS = (
    50  # of one session: far more tabs than anybody has open, far fewer than the 4,000 streams of everybody
)
REMEMBERED_SECONDS = 60.0  # longer than identity's answer is underway: what ended meanwhile admits nobody


@dataclass(frozen=True)
class Admission:
    """Somebody's right to follow: the ids on which it rests, by the organisation whose they are, and its last moment."""

    rests_on: frozenset[tuple[UUID, UUID]]
    until: float  # as time.monotonic() counts

    @classmethod
    def of(cls, access: AccessContext) -> "Admission":
        """As identity says it for a stream."""
        assert access.rests_on and access.until
        left = access.until - datetime.now(UTC)
        pairs = frozenset((tenant, id) for tenant, ids in access.rests_on.items() for id in ids)
        return cls(pairs, time.monotonic() + left.total_seconds())


class Admissions:
    """Every follower by what admitted it."""

    def __init__(self) -> None:
        self._resting: dict[tuple[UUID, UUID], set[Follower]] = defaultdict(set)
        self._ended: dict[UUID, float] = {}

    def has_ended(self, admission: Admission) -> bool:
        """Whether something that it rests on ended while it was being asked about."""
        return any(id in self._ended for _tenant, id in admission.rests_on)

    def has_room_for(self, admission: Admission) -> bool:
        """Whether the session that admits has fewer screens than one person needs; grants are shared by several sessions, so
        the fewest are the session's own."""
        screens = (len(self._resting.get(pair, ())) for pair in admission.rests_on)
        return min(screens, default=0) < MOST_SCREENS

    def hold(self, follower: Follower, admission: Admission) -> None:
        for pair in admission.rests_on:
            self._resting[pair].add(follower)

    def release(self, follower: Follower, admission: Admission) -> None:
        for pair in admission.rests_on:
            if pair in self._resting:
                self._resting[pair].discard(follower)
                if not self._resting[pair]:
                    del self._resting[pair]

    def end(self, tenant: UUID, id: UUID) -> None:
        """Send home everybody who was admitted by this; who still has another right comes back by it."""
        self._forget_the_old()
        self._ended[id] = time.monotonic()
        for follower in tuple(self._resting.get((tenant, id), ())):
            follower.send_home()

    def _forget_the_old(self) -> None:
        long_ago = time.monotonic() - REMEMBERED_SECONDS
        for id in [id for id, at in self._ended.items() if at < long_ago]:
            del self._ended[id]

    def look(self) -> bool:
        """Ask identity what has ended unheard, organisation by organisation; False when it does not answer."""
        by_tenant: dict[UUID, list[UUID]] = defaultdict(list)
        for tenant, id in self._resting:
            by_tenant[tenant].append(id)
        return all(
            self._look_into(tenant, ids[at : at + MOST_AT_ONCE])
            for tenant, ids in by_tenant.items()
            for at in range(0, len(ids), MOST_AT_ONCE)
        )

    def _look_into(self, tenant: UUID, ids: list[UUID]) -> bool:
        try:
            ended = sign_in_client(tenant).ended(IdsAsked(ids=ids)).ended
        except ApiProblem:
            log.warning("live: identity does not say which sessions have ended")
            return False
        for id in ended:
            self.end(tenant, id)
        return True
