"""The audit log as its organisation reads it, and takes it along."""

from datetime import date
from uuid import UUID

from services.identity.audit.export import FORMS
from services.identity.audit.models.entry import AuditEntry, note
from services.identity.audit.reading import called, changed_reasons, narrowed, reasons_of
from services.identity.tenants.handover import is_a_guest
from shared.contracts.api import identity_audit as shapes
from shared.contracts.api.identity_audit import AuditLog, Form, Group
from shared.problems import RuleBroken
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.operations import USUAL_PAGE, File
from shared.web.paging import page
from shared.web.serving import serves

audit = Blueprint("audit", __name__, description="The audit log")


class TheLogIsTheClients(RuleBroken):
    """The client reads its log by itself. Ask its administrator for what you need to know."""

    status = 403


@serves(audit, AuditLog.read)
def read(
    group: Group | None = None,
    person_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
    after: str | None = None,
    limit: int = USUAL_PAGE,
) -> shapes.EntryPage:
    only_at_home()
    wanted = narrowed(group, person_id, since, until)
    found = page(session(), wanted, [AuditEntry.number], after, limit, newest_first=True)
    last = AuditEntry.last(session())
    reasons = reasons_of(found.items, session())
    return shapes.EntryPage(
        items=[shown(entry) for entry in found.items],
        next=found.next,
        names=called(found.items, session()),
        reasons=reasons,
        changed_reasons=changed_reasons(found.items, reasons),
        entries=last.number if last else 0,
        seal=last.hash.hex() if last else "",
    )


def only_at_home() -> None:
    if is_a_guest():
        raise TheLogIsTheClients


def shown(entry: AuditEntry) -> shapes.Entry:
    return shapes.Entry(
        number=entry.number,
        at=entry.at,
        kind=entry.kind,
        side=entry.side,
        actor_id=entry.actor_id,
        about_id=entry.about_id,
        run_id=entry.run_id,
        facts=entry.said,
        seal=entry.hash.hex(),
    )


@serves(audit, AuditLog.export)
@limited(person=30)
def export(form: Form) -> File:
    """That it was taken along is the next entry: what is taken stands as it was before."""
    only_at_home()
    file = FORMS[form](session())
    note(session(), "log_exported", facts={"form": form})
    return file
