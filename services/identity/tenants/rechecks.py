"""Looks again, by the clock, whether the record of a proven host name still stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import HostClaim
from services.identity.tenants.dns_proof import DnsAway, proves
from shared.database import worker_sessions_of

AFTER_AN_OUTAGE = timedelta(hours=1)


def look_at_host(claim_id: UUID) -> datetime | None:
    """Looks whether the record of a host name still stands, with no transaction open meanwhile. A missing one is noted
    and warned of; nobody is locked out by it. Returns when to come back after DNS was away."""
    with worker_sessions_of("identity")() as session:
        claim = claim_with(claim_id, session)
    if claim is None:
        return None
    try:
        is_there = proves(claim.name, claim.token)
    except DnsAway:
        return datetime.now(UTC) + AFTER_AN_OUTAGE
    with worker_sessions_of("identity").begin() as session:
        if still := claim_with(claim_id, session):
            still.was_looked_at(is_there, session)
    return None


def claim_with(claim_id: UUID, session: Session) -> HostClaim | None:
    return session.scalars(select(HostClaim).filter_by(id=claim_id)).one_or_none()
