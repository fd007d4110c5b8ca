"""The whole audit log in a file: a table for people, or JSON with everything that is sealed, for the command that checks it."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.audit.chain import Entry, moment_of
from services.identity.audit.models.entry import AuditEntry
from services.identity.audit.reading import called, entries_of, reasons_of
from shared.tenancy.sessions import tenant_of
from shared.web.operations import File

COLUMNS = (
    "number", "at", "kind", "side", "actor_id", "actor", "about_id", "about", "run_id", "facts", "reason", "seal",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A log in JSON: whose it is, and its entries with their seals."""

    organisation_id: UUID
    entries: list[dict[str, Any]]


def as_csv(session: Session) -> File:
    """Returns the log as a table, with the names of today; ids stay what they were."""
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    names, reasons, text = called(entries, session), reasons_of(entries, session), io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(map(harmless, row(entry, names, reasons)))
    return attachment("text/csv; charset=utf-8", "csv", "\ufeff" + text.getvalue())


def row(entry: AuditEntry, names: dict[UUID, str], reasons: dict[UUID, str]) -> list[str]:
    ids = (entry.actor_id, entry.about_id)
    who, about = ((str(id or ""), names.get(id, "") if id else "") for id in ids)
    why = reasons.get(entry.about_id, "") if entry.about_id else ""
    beginning = [str(entry.number), moment_of(entry.at), entry.kind, entry.side]
    return [*beginning, *who, *about, str(entry.run_id or ""), entry.facts, why, entry.hash.hex()]


def harmless(cell: str) -> str:
    """Keeps a spreadsheet from reckoning a name or a reason (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_json(session: Session) -> File:
    """Returns the log as it is sealed. Names are not in it."""
    entries = [sealed(entry) for entry in entries_of(session)]
    told = Exported(organisation_id=tenant_of(session), entries=entries)
    return attachment("application/json", "json", msgspec.json.encode(told).decode())


def keep_in(file: Path, session: Session) -> None:
    """Writes the log as JSON into a new file. Raises OSError where it cannot, such as where there is one."""
    with file.open("xb") as new:
        new.write(as_json(session).content)


def sealed(entry: Entry) -> dict[str, Any]:
    said = {name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name != "tenant_id"}
    return said | {"at": moment_of(entry.at), "previous": entry.previous.hex(), "hash": entry.hash.hex()}


def read_again(exported: bytes) -> tuple[UUID, list[Entry]]:
    """Returns whose log a JSON export is, and its entries. Raises msgspec.DecodeError for anything else."""
    told = msgspec.json.decode(exported, type=Exported)
    return told.organisation_id, [entry_of(told.organisation_id, said) for said in told.entries]


def entry_of(tenant: UUID, said: dict[str, Any]) -> Entry:
    try:
        seals = {name: bytes.fromhex(said[name]) for name in ("previous", "hash")}
        return msgspec.convert(said | seals | {"tenant_id": tenant}, Entry, strict=False)
    except (KeyError, TypeError, ValueError) as error:
        raise msgspec.ValidationError("This is no entry of an audit log.") from error


def attachment(type: str, ending: str, text: str) -> File:
    disposition = {"Content-Disposition": f'attachment; filename="audit-log.{ending}"'}
    return File(type=type, content=text.encode(), headers=disposition)


FORMS: dict[str, Callable[[Session], File]] = {"csv": as_csv, "json": as_json}
