"""People of a list become members, in a handful of statements however many they are."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.audit.models.entry import note
from services.identity.models import Connection, Member, Organisation, SignInSession, Site, Unit
from services.identity.people.importing.comparing import Entry, Known
from services.identity.people.models.member import (
    PEOPLE_LIST,
    PLACES_COUNTED,
    deciding_role,
    places_counted_at,
)
from shared.contracts.identity import MemberChanged, MemberJoined
from shared.database import lock_of
from shared.languages import alphabetical
from shared.messaging.events import Event
from shared.messaging.outbox import put_in_outbox
from shared.messaging.scheduling import schedule
from shared.tenancy.sessions import tenant_of

AS_NEWS = """
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS news
        (id uuid, email text, name text, sort_name text, unit_id uuid, site_id uuid, language text, given_roles text[])"""
ADD = text(f"""
    INSERT INTO member (id, name, sort_name, email, language, unit_id, site_id, given_roles, vouched_roles,
        is_invited)
    SELECT id, name, sort_name, email, language, unit_id, site_id, given_roles, '{{}}', false {AS_NEWS}""")
CHANGE = text(f"""
    UPDATE member SET name = news.name, sort_name = news.sort_name, unit_id = news.unit_id, site_id = news.site_id,
        language = news.language, given_roles = news.given_roles, left_at = NULL,
        is_invited = member.is_invited AND member.left_at IS NULL
    {AS_NEWS} WHERE member.id = news.id""")
Places = dict[str, UUID]


def one_list_at_a_time(session: Session) -> None:
    """Lists of one organisation, and whoever signs in for the first time, wait for each other: each would add the same person."""
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, PEOPLE_LIST))))


def known_people(session: Session, addresses: Collection[str] | None = None) -> list[Known]:
    """Returns those whom a list may mean, all of them or those of some addresses; of accounts with one address the one that is meant
    comes last."""
    named = (
        known_to_lists(session)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .outerjoin(Site, Site.id == Member.site_id)
    )
    if addresses is not None:
        named = named.where(func.lower(Member.email).in_(addresses))
    columns = (
        *(Member.id, Member.name, Member.email, func.coalesce(Unit.name, ""), func.coalesce(Site.name, "")),
        *(Member.language, Member.given_roles, Member.subject.is_not(None), Member.left_at.is_not(None)),
        Member.connection_id,
    )
    confirmed = confirmed_ways(session)
    return [
        Known(
            id,
            name,
            email,
            unit,
            site,
            language,
            frozenset(roles),
            signed_in,
            left,
            way is None or way in confirmed,
        )
        for id, name, email, unit, site, language, roles, signed_in, left, way in session.execute(
            named.with_only_columns(*columns)
        )
    ]


def confirmed_ways(session: Session) -> list[UUID]:
    return [way.id for way in session.scalars(select(Connection)) if way.is_confirmed]


def known_to_lists(session: Session) -> Select[Member]:
    """Selects those whom a list may mean; of accounts with one address the one that it means comes last.

    An account that only ever came by an unconfirmed way in is nobody on a list, whatever address it says it has. Of several accounts with
    one address the list means the one that is here and has signed in most lately.
    """
    may_be_meant = or_(
        Member.subject.is_(None), Member.is_vouched, Member.connection_id.in_(confirmed_ways(session))
    )
    latest = select(SignInSession.member_id, func.max(SignInSession.ends_at).label("ends_at")).group_by(
        SignInSession.member_id
    )
    session_of = latest.subquery()
    known = select(Member).outerjoin(session_of, session_of.c.member_id == Member.id)
    return known.where(Member.email != "", may_be_meant).order_by(
        Member.left_at.is_(None),
        Member.signed_in_on.asc().nulls_first(),
        session_of.c.ends_at.asc().nulls_first(),
        Member.joined_at,
        Member.id,
    )


def hold(addresses: Collection[str], session: Session) -> list[Known]:
    """Locks and returns those of the addresses who are known, as they are now; whoever lets one of them go meanwhile waits."""
    theirs = select(Member.id).where(func.lower(Member.email).in_(addresses)).order_by(Member.id)
    session.execute(theirs.with_for_update(key_share=True)).all()
    return known_people(session, addresses)


def make_places(kind: type[Unit] | type[Site], names: Iterable[str], session: Session) -> list[UUID]:
    """Adds the units or sites that are new, and returns their ids."""
    rows = [{"id": uuid4(), "name": name} for name in names]
    if not rows:
        return []
    made = insert(kind).values(rows).on_conflict_do_nothing().returning(kind.id)
    return list(session.scalars(made))


def places(kind: type[Unit] | type[Site], session: Session) -> Places:
    return dict(session.execute(select(kind.name, kind.id)).all())


def take_in(entries: list[Entry], session: Session) -> dict[UUID, Entry]:
    """Adds who is new, brings back who had left, changes what has changed; returns by member what became of whom. Units and sites
    are there already. Who is new or back gets no mail before being invited."""
    units, sites = places(Unit, session), places(Site, session)
    by_member = {
        entry.member.id if entry.member else uuid4(): entry for entry in entries if entry.kind != "unchanged"
    }
    rows = [row_of(id, entry, units, sites) for id, entry in by_member.items()]
    new = [row for row in rows if by_member[row["id"]].kind == "new"]
    known = [row for row in rows if by_member[row["id"]].kind != "new"]
    if new:
        session.execute(ADD, {"rows": msgspec.json.encode(new).decode()})
    if known:
        session.execute(CHANGE, {"rows": msgspec.json.encode(known).decode()})
    tell(rows, by_member, session)
    note_roles(by_member, session)
    hand_over(by_member, session)
    return by_member


def row_of(id: UUID, entry: Entry, units: Places, sites: Places) -> dict[str, Any]:
    return {
        "id": id,
        "email": entry.email,
        "name": entry.name,
        "sort_name": alphabetical(entry.name),
        "unit_id": units[entry.unit] if entry.unit else None,
        "site_id": sites[entry.site] if entry.site else None,
        "language": entry.language,
        "given_roles": sorted(entry.roles),
    }


def tell(rows: list[dict[str, Any]], by_member: dict[UUID, Entry], session: Session) -> None:
    if not rows:
        return
    theirs = select(Member.id, Member.vouched_roles, Member.is_invited).where(Member.id.in_(list(by_member)))
    stands = {id: (vouched, invited) for id, vouched, invited in session.execute(theirs)}
    events: list[Event] = []
    for row in rows:
        event = MemberChanged if by_member[row["id"]].kind == "changed" else MemberJoined
        roles = sorted({"participant", *row["given_roles"], *stands[row["id"]][0]})
        facts = {key: row[key] for key in ("unit_id", "site_id", "language")}
        facts["is_invited"] = stands[row["id"]][1]
        events.append(event(member_id=row["id"], roles=roles, **facts))
    put_in_outbox(session, events)
    schedule(session, places_counted_at(), PLACES_COUNTED, tenant_of(session))


def note_roles(by_member: dict[UUID, Entry], session: Session) -> None:
    for id, entry in by_member.items():
        before = entry.member.roles if entry.member else frozenset[str]()
        if entry.roles != before:
            given, taken = sorted(entry.roles - before), sorted(before - entry.roles)
            note(session, "roles_changed", about_id=id, facts={"given": given, "taken": taken})


def hand_over(by_member: dict[UUID, Entry], session: Session) -> None:
    """With the first administrator who has signed in, the ways in are the client's own."""
    organisation = Organisation.ours(session)
    deciding = deciding_role(organisation.kind)
    for id, entry in by_member.items():
        if entry.member and entry.member.has_signed_in and deciding in entry.roles - entry.member.roles:
            organisation.is_handed_over(id)
