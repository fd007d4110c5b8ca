"""Looks again, by the clock, whether the records that confirmed a way in still stand."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import Connection, SamlProvider
from services.identity.sign_in.provider import SECONDS_A_STEP
from services.identity.sign_in.saml.described import Described
from services.identity.tenants.dns_proof import DnsAway, proves
from services.identity.tenants.rechecks import AFTER_AN_OUTAGE
from shared.database import find, worker_sessions_of
from shared.problems import RuleBroken
from shared.web.outbound import Deadline

log = logging.getLogger(__name__)


def look_at_way_in(connection_id: UUID) -> datetime | None:
    """Looks whether the records that confirmed a way in still stand, those of all its domains, as for a host name."""
    with worker_sessions_of("identity")() as session:
        way = way_confirmed_by_dns(connection_id, session)
    if way is None:
        return None
    try:
        deadline = Deadline(SECONDS_A_STEP)
        is_there = all(proves(domain, way.token, deadline) for domain in way.names_to_prove)
    except DnsAway:
        return datetime.now(UTC) + AFTER_AN_OUTAGE
    with worker_sessions_of("identity").begin() as session:
        if still := way_confirmed_by_dns(connection_id, session):
            still.was_looked_at(is_there, session)
    return None


def look_at_metadata(provider_id: UUID) -> datetime | None:
    """Reads a SAML provider's metadata anew where they have an address, and warns of what ends. What cannot be read leaves everything as
    it was; returns when to try again."""
    with worker_sessions_of("identity")() as session:
        seen, way = provider_with(provider_id, session)
    described, again = read_anew(seen, way) if seen.metadata_url and way.closed_at is None else (None, None)
    with worker_sessions_of("identity").begin() as session:
        still, way = provider_with(provider_id, session)
        if described and still.source == seen.source:
            still.was_read(described, session)
        still.looks_at_the_end(is_open=way.closed_at is None, session=session)
    return again


def read_anew(provider: SamlProvider, way: Connection) -> tuple[Described | None, datetime | None]:
    from services.identity.sign_in.saml.fetching import described_at  # reads XML, once a day at most

    try:
        return described_at(provider.metadata_url, way.issuer, provider.signed_by), None
    except RuleBroken as refused:
        log.warning("sign-in: metadata of %s were not taken: %s", way.issuer, type(refused).__name__)
        return None, datetime.now(UTC) + AFTER_AN_OUTAGE


def provider_with(provider_id: UUID, session: Session) -> tuple[SamlProvider, Connection]:
    provider = find(session, SamlProvider, provider_id)
    return provider, find(session, Connection, provider.connection_id)


def way_confirmed_by_dns(connection_id: UUID, session: Session) -> Connection | None:
    ours = select(Connection).filter_by(id=connection_id, confirmed_how="dns")
    return session.scalars(ours).one_or_none()
