"""The operations of identity about the audit log: read by an organisation's own administrators, and taken along."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity_tenants import DECIDING
from shared.web.operations import USUAL_PAGE, File, PageSize, Service, operation

Group = Literal["access", "sign_ins", "people", "organisation", "path", "releases", "log"]
Form = Literal["csv", "json"]


class Entry(Struct, frozen=True, kw_only=True):
    """One act. `side`: own, guest (of the consultancy), operator or polku; `facts`: ids, numbers and words of ours."""

    number: int
    at: datetime
    kind: str
    side: str
    actor_id: UUID | None
    about_id: UUID | None
    run_id: UUID | None
    facts: dict[str, Any]
    seal: str


class EntryPage(Struct, frozen=True, kw_only=True):
    """Entries, the latest first; `names` of the people and ways in that they name, empty of a person who was erased; `reasons` of
    grants, and the numbers of those entries that were sealed with another one. `entries` and `seal` are of the whole log."""

    items: list[Entry]
    next: str | None
    names: dict[UUID, str]
    reasons: dict[UUID, str]
    changed_reasons: list[int]
    entries: int
    seal: str


class AuditLog(Service, name="identity"):
    """Asked by an organisation's own administrators; people of the consultancy are refused a client's log."""

    @operation("GET", "/audit-log", *DECIDING)
    def read(
        self,
        group: Group | None = None,
        person_id: UUID | None = None,
        since: date | None = None,
        until: date | None = None,
        after: str | None = None,
        limit: PageSize = USUAL_PAGE,
    ) -> EntryPage:
        """Returns what was done, the latest first: of one group, by or about one person, from one day to another."""

    @operation("GET", "/audit-log/export", *DECIDING, file="*/*")
    def export(self, form: Form) -> File:
        """Returns the whole log: as a table with names, or as JSON that can be checked against the seals that were mailed."""
