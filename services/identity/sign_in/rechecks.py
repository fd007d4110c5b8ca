"""Looks again, by the clock, whether the records that confirmed a way in still stand."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import Connection
from services.identity.sign_in.provider import SECONDS_A_STEP
from services.identity.tenants.dns_proof import DnsAway, proves
from services.identity.tenants.rechecks import AFTER_AN_OUTAGE
from shared.database import worker_sessions_of
from shared.web.outbound import Deadline


def look_at_way_in(connection_id: UUID) -> datetime | None:
    """Looks whether the records that confirmed a way in still stand, those of all its domains, as for a host name."""
    with worker_sessions_of("identity")() as session:
        way = way_confirmed_by_dns(connection_id, session)
    if way is None:
        return None
    try:
        deadline = Deadline(SECONDS_A_STEP)
        is_there = all(proves(domain, way.token, deadline) for domain in way.domains)
    except DnsAway:
        return datetime.now(UTC) + AFTER_AN_OUTAGE
    with worker_sessions_of("identity").begin() as session:
        if still := way_confirmed_by_dns(connection_id, session):
            still.was_looked_at(is_there, session)
    return None


def way_confirmed_by_dns(connection_id: UUID, session: Session) -> Connection | None:
    ours = select(Connection).filter_by(id=connection_id, confirmed_how="dns")
    return session.scalars(ours).one_or_none()
