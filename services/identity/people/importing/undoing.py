"""A list is undone: who was new is gone again, who was changed is as before. What somebody else has changed meanwhile stays."""

from uuid import UUID

import msgspec
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from services.identity.models import Belonging, Member, Site, Unit
from services.identity.people.models.member import PLACES_COUNTED, places_counted_at
from services.identity.people.models.people_import import Step
from shared.contracts.identity import MemberChanged, MemberLeft
from shared.languages import alphabetical
from shared.messaging.events import Event
from shared.messaging.outbox import put_in_outbox
from shared.messaging.scheduling import schedule
from shared.privacy.rewriting import ask_to_write_anew
from shared.tenancy.sessions import tenant_of

STEPS = """
    jsonb_to_recordset(CAST(:steps AS jsonb)) AS step
        (member_id uuid, name text, sort_name text, unit_id uuid, site_id uuid, language text, given_roles text[], after jsonb)"""
AS_LEFT = """
    member.id = step.member_id AND member.name = step.after ->> 'name' AND member.language = step.after ->> 'language'
    AND member.unit_id IS NOT DISTINCT FROM CAST(step.after ->> 'unit_id' AS uuid)
    AND member.site_id IS NOT DISTINCT FROM CAST(step.after ->> 'site_id' AS uuid)
    AND to_jsonb(member.given_roles) = step.after -> 'given_roles' AND member.left_at IS NULL"""
HAS_NOT_COME = """
    NOT EXISTS (SELECT FROM visit WHERE visit.tenant_id = member.tenant_id AND visit.member_id = member.id)"""
FORGET = text(f"""
    UPDATE member SET name = '', sort_name = '', email = '', unit_id = NULL, site_id = NULL, given_roles = '{{}}',
        reads_along = '{{}}', left_at = now()
    FROM {STEPS} WHERE {AS_LEFT} AND member.subject IS NULL AND member.external_id IS NULL RETURNING member.id""")
CHANGE_BACK = text(f"""
    UPDATE member SET name = step.name, sort_name = step.sort_name, unit_id = step.unit_id, site_id = step.site_id,
        language = step.language, given_roles = step.given_roles
    FROM {STEPS} WHERE {AS_LEFT} RETURNING member.id""")
LEAVE_AGAIN = text(f"""
    UPDATE member SET name = step.name, sort_name = step.sort_name, unit_id = step.unit_id, site_id = step.site_id,
        language = step.language, given_roles = '{{}}', vouched_roles = '{{}}', left_at = now()
    FROM {STEPS} WHERE {AS_LEFT} AND {HAS_NOT_COME} RETURNING member.id""")


def undo(steps: list[Step], session: Session) -> int:
    """Undoes what was done about these members; returns how many stay as they are, because they have come or were changed since."""
    gone = done(FORGET, [step for step in steps if step.kind == "new"], session)
    left = done(LEAVE_AGAIN, [step for step in steps if step.kind == "back"], session)
    changed = done(CHANGE_BACK, [step for step in steps if step.kind == "changed"], session)
    session.execute(delete(Belonging).where(Belonging.member_id.in_(gone)))
    tell(gone + left, changed, session)
    if gone:
        ask_to_write_anew(session, tenant_of(session))
    return len(steps) - len(gone) - len(left) - len(changed)


def done(statement, steps: list[Step], session: Session) -> list[UUID]:
    if not steps:
        return []
    rows = [written(step) for step in steps]
    return list(session.scalars(statement, {"steps": msgspec.json.encode(rows).decode()}))


def written(step: Step) -> dict[str, object]:
    before = step.before or step.after
    return {
        "member_id": step.member_id,
        "after": step.after,
        "sort_name": alphabetical(before.name),
    } | msgspec.structs.asdict(before)


def tell(left: list[UUID], changed: list[UUID], session: Session) -> None:
    events: list[Event] = [MemberLeft(member_id=id) for id in left]
    for member in session.scalars(select(Member).where(Member.id.in_(changed))):
        events.append(MemberChanged(**member._facts()))
    if events:
        put_in_outbox(session, events)
        schedule(session, places_counted_at(), PLACES_COUNTED, tenant_of(session))


def let_go_of_places(units: list[UUID], sites: list[UUID], session: Session) -> None:
    """Takes away the units and sites that came with the list and that nobody belongs to."""
    for kind, name, ids in ((Unit, "unit_id", units), (Site, "site_id", sites)):
        for noun in (Member, Belonging):
            belong = select(getattr(noun, name)).where(getattr(noun, name).in_(ids))
            ids = [id for id in ids if id not in set(session.scalars(belong))]
        session.execute(delete(kind).where(kind.id.in_(ids)))
