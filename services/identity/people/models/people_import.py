"""A list of people on its way in: read, looked through, taken in, and for a day undone again."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import LargeBinary, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.importing.comparing import Answers
from services.identity.people.importing.headings import columns_of, people_rows
from services.identity.people.importing.persons import Listed, Refused, person_in
from services.identity.people.importing.sheet import Row, Sheet
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.api.identity_imports import FIELDS, State
from shared.database import moment, new_id
from shared.messaging.scheduling import SetsTimers
from shared.privacy.rewriting import ask_to_write_anew
from shared.privacy.vault import vault_of
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned, tenant_of

KEPT_FOR = timedelta(days=1)
ERASE, WORK = "people_import_is_erased", "people_import_goes_on"


class TakenInAlready(RuleBroken):
    """This list is being taken in, or has been. To change something, undo it first, or take in another list."""


class NothingToUndo(RuleBroken):
    """There is nothing to undo here: the list was not taken in, or it is being undone already."""


class NoColumnOfAddresses(RuleBroken):
    """Choose the column with the e-mail addresses: by it people are known again."""

    status = 422
    field = "columns"


class OneColumnTwice(RuleBroken):
    """One column cannot say two things. Choose another column, or none, for one of them."""

    status = 422
    field = "columns"


class NobodyToTakeIn(RuleBroken):
    """No row of this list can be taken in. Choose other columns, or correct the list and read it again."""


class LanguagesAreAsked(RuleBroken):
    """Some languages on this list are not known. Choose for each of them which one it is, then take the list in."""

    status = 422
    field = "languages"


class Content(msgspec.Struct):
    """The rows that were read, with what was chosen and answered; sealed, because a list says more of people than is taken from it."""

    rows: list[tuple[int, list[str]]]
    sheet: str = ""
    not_read: list[str] = []
    file: str = ""
    columns: dict[str, int] = {}
    languages: dict[str, str] = {}
    apart: list[str] = []
    left_out: list[int] = []
    gives_roles: bool = False

    def as_sheet(self) -> Sheet:
        return Sheet([Row(*row) for row in self.rows], self.sheet, self.not_read)

    def people(self) -> list[Listed | Refused]:
        """Returns the people as the columns say, without the rows that are left out."""
        rows = (row for row in people_rows(self.as_sheet()) if row.number not in set(self.left_out))
        return [person_in(row, self.columns) for row in rows]


class Facts(msgspec.Struct, frozen=True):
    """The facts about a member that a list can change."""

    name: str
    unit_id: UUID | None
    site_id: UUID | None
    language: str
    given_roles: list[str]


class Step(msgspec.Struct):
    """A change of one member, so that it can be undone; `before` is none for somebody new."""

    member_id: UUID
    kind: str
    after: Facts
    before: Facts | None = None


class Result(msgspec.Struct):
    """All that a list has done, and the rows that it could not take in; sealed until it is erased."""

    steps: list[Step] = []
    units: list[UUID] = []
    sites: list[UUID] = []
    refused: list[tuple[int, str, str]] = []


class PeopleImport(TenantOwned, SetsTimers, Base):
    """A list of people between its reading and the day after it was taken in; then nothing is left of it."""

    __tablename__ = "people_import"

    id: Mapped[UUID] = new_id()
    by_id: Mapped[UUID]
    state: Mapped[State] = mapped_column(String, default="read")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default_factory=dict)
    sealed_content: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)
    sealed_result: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)
    begun_at: Mapped[datetime] = moment()
    erase_at: Mapped[datetime] = mapped_column(default_factory=lambda: datetime.now(UTC) + KEPT_FOR)

    @classmethod
    def begin(cls, sheet: Sheet, file: str, by: UUID, session: Session) -> "PeopleImport":
        """Keeps what was read, with the columns as they are recognised."""
        begun = cls(by_id=by)
        rows = [(row.number, row.cells) for row in sheet.rows]
        begun.content = Content(rows, sheet.name, sheet.not_read, file[:200], columns_of(sheet))
        begun._is_kept_for_a_day()
        session.add(begun)
        session.flush()
        return begun

    @classmethod
    def locked(cls, id: UUID, session: Session) -> "PeopleImport":
        ours = select(cls).filter_by(id=id).with_for_update()
        found = session.scalars(ours.execution_options(populate_existing=True)).one_or_none()
        return found or _gone()

    @classmethod
    def recent(cls, session: Session) -> list["PeopleImport"]:
        return list(session.scalars(select(cls).order_by(cls.begun_at.desc(), cls.id)))

    @property
    def content(self) -> Content:
        if self.sealed_content is None:
            raise TakenInAlready
        return msgspec.json.decode(self._opened(self.sealed_content), type=Content)

    @content.setter
    def content(self, content: Content | None) -> None:
        self.sealed_content = self._sealed(content) if content else None

    @property
    def result(self) -> Result:
        return (
            msgspec.json.decode(self._opened(self.sealed_result), type=Result)
            if self.sealed_result
            else Result()
        )

    @result.setter
    def result(self, result: Result) -> None:
        self.sealed_result = self._sealed(result)

    def _sealed(self, what: msgspec.Struct) -> bytes:
        return vault_of("identity").seal(zlib.compress(msgspec.json.encode(what), 1), self.id.bytes)

    def _opened(self, sealed: bytes) -> bytes:
        return zlib.decompress(vault_of("identity").open(sealed, self.id.bytes))

    def match(self, columns: dict[str, int]) -> None:
        """These columns say these things; what was answered about rows of other columns is asked anew."""
        content = self.to_change()
        if "email" not in columns:
            raise NoColumnOfAddresses
        if len(set(columns.values())) < len(columns):
            raise OneColumnTwice
        if columns != content.columns:
            content.columns, content.languages, content.apart, content.left_out = columns, {}, [], []
        self.content = content
        self._is_kept_for_a_day()

    def answer(self, languages: dict[str, str], apart: list[str], left_out: list[int]) -> None:
        content = self.to_change()
        content.languages, content.apart, content.left_out = languages, apart, left_out
        self.content = content
        self._is_kept_for_a_day()

    def to_change(self) -> Content:
        if self.state != "read":
            raise TakenInAlready
        return self.content

    def take_in(self, people: int, asked: bool, gives_roles: bool) -> None:
        """From now on it is taken in, beside everything else; roles only where whoever decides it may give them."""
        content = self.to_change()
        if asked:
            raise LanguagesAreAsked
        if not people:
            raise NobodyToTakeIn
        content.gives_roles, self.content = gives_roles, content
        self.state, self.total, self.done = "taking_in", people, 0
        self._goes_on()

    def is_taken_in(self) -> None:
        """Lets go of what was read; what it did is kept for a day, to be undone."""
        self.state, self.content = "taken_in", None
        self._is_kept_for_a_day()

    def undo(self) -> None:
        if self.state != "taken_in":
            raise NothingToUndo
        self.state, self.total, self.done = "undoing", len(self.result.steps), 0
        self._goes_on()

    def is_undone(self) -> None:
        self.state = "undone"
        self._is_kept_for_a_day()

    def discard(self, session: Session) -> None:
        """Lets go of all that is kept of it. One that is being taken in, or undone, is first done."""
        if self.state in ("taking_in", "undoing"):
            raise TakenInAlready
        self.cancel(ERASE)
        session.flush()
        session.delete(self)
        ask_to_write_anew(session, tenant_of(session))

    def expire(self, session: Session) -> None:
        """Its day is over; what is just being taken in, or undone, has another."""
        if self.state in ("taking_in", "undoing"):
            self._is_kept_for_a_day()
        elif self.erase_at <= datetime.now(UTC):
            self.discard(session)

    def _goes_on(self) -> None:
        self._is_kept_for_a_day()
        self.schedule(WORK, datetime.now(UTC))

    def _is_kept_for_a_day(self) -> None:
        self.erase_at = datetime.now(UTC) + KEPT_FOR
        self.schedule(ERASE, self.erase_at)


def answers_of(content: Content, organisation: Organisation, gives_roles: bool) -> Answers:
    return Answers(content.languages, frozenset(content.apart), gives_roles, tuple(organisation.languages))


def known_columns(columns: dict[str, Any], width: int) -> dict[str, int]:
    """Returns the columns that there are, by fields that there are."""
    return {name: column for name, column in columns.items() if name in FIELDS and 0 <= column < width}


def _gone() -> PeopleImport:
    raise NotFound
