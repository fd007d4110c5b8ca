"""The operations by which a list of people comes in: read, columns matched, looked at, taken in, undone."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.web.file_limits import FRAME, LARGEST_SHEET
from shared.web.operations import Language, Service, Upload, operation

WHO_BRINGS_LISTS = ("admin", "coordinator", "lead")
FIELDS = ("email", "name", "given", "family", "unit", "site", "language", "supervisor")
State = Literal["read", "taking_in", "taken_in", "undoing", "undone"]
SECONDS_TO_READ = 30
Cell = Annotated[str, Meta(max_length=200)]


class Pasted(Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=2_000_000)]


class Column(Struct, frozen=True, kw_only=True):
    """A column of the list: its heading, what stands in its first rows, and which field it is taken for."""

    number: int
    heading: str
    cells: list[str]
    field: str | None


class RefusedRow(Struct, frozen=True, kw_only=True):
    row: int
    reason: str
    said: str


class ImportShown(Struct, frozen=True, kw_only=True):
    """A list on its way; what was read of it is there until it is taken in."""

    id: UUID
    by_id: UUID
    state: State
    file: str
    sheet: str
    not_read: list[str]
    rows: int
    columns: list[Column]
    total: int
    done: int
    counts: dict[str, int]
    refused: list[RefusedRow]
    """The first rows that were not taken in; `counts` says how many there are."""
    begun_at: datetime
    erase_at: datetime


class Imports(Struct, frozen=True, kw_only=True):
    items: list[ImportShown]


class Matched(Struct, frozen=True, kw_only=True):
    """The number of the column for each field that has one."""

    columns: dict[str, int]


class Answered(Struct, frozen=True, kw_only=True):
    """Languages by how they are written; units and sites (unit:NAME) that are not what they look like; rows to leave out."""

    languages: dict[Cell, Language]
    apart: list[Annotated[str, Meta(max_length=210)]]
    left_out: list[int]


class PersonRow(Struct, frozen=True, kw_only=True):
    row: int
    name: str
    email: str
    unit: str
    site: str
    language: str
    is_supervisor: bool


class Difference(Struct, frozen=True, kw_only=True):
    field: str
    was: str
    becomes: str


class ChangedRow(Struct, frozen=True, kw_only=True):
    """Somebody who is known; `comes_back`: had left."""

    row: int
    name: str
    email: str
    comes_back: bool
    changes: list[Difference]


class GonePerson(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    email: str


class PlaceCounted(Struct, frozen=True, kw_only=True):
    """A unit or site that would be new, and in how many rows it stands."""

    kind: str
    name: str
    rows: int


class SpelledOtherwise(Struct, frozen=True, kw_only=True):
    kind: str
    said: str
    taken_as: str
    rows: int
    apart: bool
    """It was said that it is another one."""


class LooksLikeKnown(Struct, frozen=True, kw_only=True):
    """Somebody new who has the name of a person who is here under another address and not on the list."""

    row: int
    name: str
    email: str
    known_id: UUID
    known_email: str
    left_out: bool


class LanguageAsked(Struct, frozen=True, kw_only=True):
    said: str
    rows: int
    answer: str


class PlanShown(Struct, frozen=True, kw_only=True):
    """All that the list would do: the counts, and the first of each kind."""

    counts: dict[str, int]
    reasons: dict[str, int]
    """How many rows are refused for which reason."""
    new: list[PersonRow]
    changed: list[ChangedRow]
    refused: list[RefusedRow]
    gone: list[GonePerson]
    places: list[PlaceCounted]
    spellings: list[SpelledOtherwise]
    looks_like: list[LooksLikeKnown]
    languages: list[LanguageAsked]
    unknown_supervisors: list[str]
    gives_roles: bool


class PeopleImports(Service, name="identity"):
    """Asked by those who bring people in."""

    @operation(
        "POST",
        "/lists-of-people",
        *WHO_BRINGS_LISTS,
        status=201,
        tells_address=True,
        largest=LARGEST_SHEET + FRAME,
        patience=SECONDS_TO_READ,
    )
    def read_file(self, file: Upload) -> ImportShown:
        """Read a list out of a workbook or a text file; nothing is changed by it."""

    @operation("POST", "/lists-of-people/pasted", *WHO_BRINGS_LISTS, status=201, tells_address=True)
    def read_pasted(self, pasted: Pasted) -> ImportShown:
        """Read a list out of pasted rows; nothing is changed by it."""

    @operation("GET", "/lists-of-people", *WHO_BRINGS_LISTS)
    def recent_imports(self) -> Imports:
        """The lists of the last day, without their rows."""

    @operation("GET", "/lists-of-people/<uuid:list_id>", *WHO_BRINGS_LISTS)
    def one_import(self, list_id: UUID) -> ImportShown:
        """A list: its columns, or how far it is."""

    @operation("PUT", "/lists-of-people/<uuid:list_id>/columns", *WHO_BRINGS_LISTS)
    def match_columns(self, list_id: UUID, matched: Matched) -> ImportShown:
        """Say which column says what."""

    @operation("GET", "/lists-of-people/<uuid:list_id>/plan", *WHO_BRINGS_LISTS)
    def plan_of_import(self, list_id: UUID) -> PlanShown:
        """Ask what would happen if the list were taken in now."""

    @operation("PUT", "/lists-of-people/<uuid:list_id>/answers", *WHO_BRINGS_LISTS)
    def answer_import(self, list_id: UUID, answered: Answered) -> PlanShown:
        """Answer what the list leaves open."""

    @operation("POST", "/lists-of-people/<uuid:list_id>/taking-in", *WHO_BRINGS_LISTS)
    def take_import_in(self, list_id: UUID) -> ImportShown:
        """Take in the rows that can be taken in, in the background. Nobody is told by mail."""

    @operation("POST", "/lists-of-people/<uuid:list_id>/undoing", *WHO_BRINGS_LISTS)
    def undo_import(self, list_id: UUID) -> ImportShown:
        """Undo it, in the background: who is new is gone again, who was changed is as before; what others changed meanwhile stays."""

    @operation("DELETE", "/lists-of-people/<uuid:list_id>", *WHO_BRINGS_LISTS)
    def discard_import(self, list_id: UUID) -> None:
        """Throw away a list that was read, or what is kept of one that was taken in."""
