"""The people of an organisation, and the two dimensions they are counted by: unit and site."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Uuid, false, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from services.identity.base import WORDS, Base
from services.identity.provisioning.models.person import ProvisionedPerson
from services.identity.sign_in.models.connection import Connection
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.languages import LANGUAGES, alphabetical
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned, tenant_of

CLIENT_ROLES = frozenset({"supervisor", "coordinator", "designer", "admin"})
STAFF_ROLES = frozenset({"lead", "facilitator", "editor"})
PEOPLE_LIST = "people-list"  # whoever holds this lock adds people; sign-ins share it, lists have it alone
PLACES_COUNTED = "places_counted"
PLACES_COUNTED_EVERY = timedelta(minutes=5)


class NoSuchRole(RuleBroken):
    """There is no such role in this organisation. Choose one from the list."""

    status = 422
    field = "roles"


class NobodyLeftToDecide(RuleBroken):
    """Somebody has to be able to give roles. Give the role to a colleague first."""


class CameUnconfirmed(RuleBroken):
    """This person signs in by a way that your organisation has not confirmed yet. Confirm it in the settings, then give the role."""


class HasLeft(RuleBroken):
    """This person has left, so nothing was changed. Take the person in again by a list of people, then change this."""


class YouHaveLeft(RuleBroken):
    """Your membership of this organisation has ended. Ask its coordinator."""

    status = 403


class Unit(TenantOwned, Base):
    """A part of the organisation, such as an agency or a department."""

    __tablename__ = "unit"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    __table_args__ = (unique_in_tenant("name"),)


class Site(TenantOwned, Base):
    """A place where people work."""

    __tablename__ = "site"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    __table_args__ = (unique_in_tenant("name"),)


class Member(TenantOwned, TellsOthers, SetsTimers, Base):
    """A person of the organisation, known by (connection, issuer, subject) and never by an e-mail address.

    Somebody from a list of people has no subject yet; the first sign-in gives it.
    """

    __tablename__ = "member"
    timed_by = "tenant_id"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(
        init=False, repr=False, server_default=""
    )  # the letters by which the name sorts
    given_name: Mapped[str] = mapped_column(default="", server_default="")  # by which one is greeted
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fi")
    connection_id: Mapped[UUID | None] = mapped_column(default=None)
    issuer: Mapped[str | None] = mapped_column(default=None)
    subject: Mapped[str | None] = mapped_column(default=None, repr=False)
    unit_id: Mapped[UUID | None] = mapped_column(default=None)
    site_id: Mapped[UUID | None] = mapped_column(default=None)
    given_roles: Mapped[list[str]] = mapped_column(WORDS, default_factory=list)
    vouched_roles: Mapped[list[str]] = mapped_column(WORDS, default_factory=list)
    # Runs in which somebody of the same subject or address was forgotten while they were living (returning.py)
    reads_along: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid), default_factory=list, server_default=text("'{}'")
    )
    signed_in_on: Mapped[date | None] = mapped_column(default=None)  # the last day; none for who is listed
    # The joining value at the last sign-in by a confirmed way, or by which the directory announced the person (SCIM's externalId)
    external_id: Mapped[str | None] = mapped_column(default=None, repr=False)
    # A confirmed way in has brought the person, with this address: lists know the account, also while it is not confirmed
    is_vouched: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Nobody writes to who came by a list before somebody invites: see PeopleInvited
    is_invited: Mapped[bool] = mapped_column(default=True, server_default=true())
    joined_at: Mapped[datetime] = moment()
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        belongs_to("connection_id", "connection.id"),
        belongs_to("unit_id", "unit.id"),
        belongs_to("site_id", "site.id"),
        unique_in_tenant("issuer", "subject", "connection_id"),
        Index("ix_member_tenant_sort_name", "tenant_id", "sort_name", "id"),
        Index("ix_member_tenant_external_id", "tenant_id", "external_id"),
        Index("ix_member_tenant_email", "tenant_id", text("lower(email)")),
    )

    @validates("name")
    def _sorts_by_it(self, _field: str, name: str) -> str:
        self.sort_name = alphabetical(name)
        return name

    @classmethod
    def locked(cls, id: UUID, session: Session) -> "Member":
        """The person, for somebody who changes what a leaving ends, or ends the membership: one after the other."""
        ours = select(cls).filter_by(id=id).with_for_update(key_share=True)
        found = session.scalars(ours.execution_options(populate_existing=True)).one_or_none()
        return found or _nobody()

    def has_the_account(self, connection: Connection, subject: str) -> None:
        self.connection_id, self.issuer, self.subject = connection.id, connection.issuer, subject

    def join(self, session: Session) -> "Member":
        session.add(self)
        self.tell(MemberJoined(**self._facts()))
        self._count_places_soon()
        return self

    def follow(
        self, *, name: str, given_name: str, email: str, vouched_roles: list[str], is_vouched: bool
    ) -> None:
        """Takes over what the organisation's own directory says: it goes before what we remembered."""
        self.email, self.is_vouched = email, self.is_vouched or is_vouched
        self.name, self.given_name = name or self.name or self.email, given_name
        self.vouched_roles = vouched_roles

    def is_announced(self, **described: Any) -> None:
        """Takes over what the directory says by SCIM: name, email, language, unit_id, site_id, external_id."""
        with self.telling_what_changes():
            for name, value in described.items():
                setattr(self, name, value)

    def groups_give(self, roles: set[str], instead_of: set[str], organisation: Organisation) -> None:
        """Takes over the roles that groups of the directory give now, instead of those that they gave before."""
        with self.telling_what_changes():
            self.vouched_roles = sorted({*self.vouched_roles} - instead_of | roles)
        self.takes_over(organisation)

    def takes_over(self, organisation: Organisation) -> None:
        """With the first administrator who signs in, the ways in are the client's own."""
        if self.subject and deciding_role(organisation.kind) in self.roles:
            organisation.is_handed_over(self.id)

    @contextmanager
    def telling_what_changes(self) -> Iterator[None]:
        """Tells of the person once what is done within has changed something that others know."""
        before = self._facts()
        yield
        if self._facts() != before:
            self.tell(MemberChanged(**self._facts()))
            self._count_places_soon()

    def has_to_be_here(self) -> None:
        """Refuses to change somebody who has left: roles given meanwhile would come back with the person."""
        if self.left_at is not None:
            raise HasLeft

    def give_roles(
        self, roles: Iterable[str], organisation: Organisation, came_by: Connection | None
    ) -> None:
        """These are the roles given to the person here; those that the provider vouches for stay. Who has not come yet, comes by a
        confirmed way only."""
        if unknown := set(roles) - roles_of(organisation.kind):
            raise NoSuchRole from KeyError(unknown)
        if set(roles) - set(self.given_roles) and came_by is not None and not came_by.is_confirmed:
            raise CameUnconfirmed
        with self.telling_what_changes():
            self.given_roles = sorted(roles)
        self.takes_over(organisation)

    def move(self, unit_id: UUID | None, site_id: UUID | None) -> None:
        with self.telling_what_changes():
            self.unit_id, self.site_id = unit_id, site_id

    def speak(self, language: str) -> None:
        with self.telling_what_changes():
            self.language = language

    def leave(self) -> None:
        """Ends the membership. Who comes back has no role but those given anew: a list takes people back, without a right
        to give roles."""
        if self.left_at is None:
            self.given_roles, self.vouched_roles = [], []
            self.left_at = datetime.now(UTC)
            self.tell(MemberLeft(member_id=self.id))
            self._count_places_soon()
            self.schedule("free_places", at_the_full_hour())

    def come_back(self) -> None:
        if self.left_at is not None:
            self.left_at = None
            self.tell(MemberJoined(**self._facts()))
            self._count_places_soon()

    def only_reads(self, runs: Iterable[UUID]) -> None:
        """In these runs the person may read along, and has no hand."""
        self.reads_along = sorted({*self.reads_along, *runs})

    def be_forgotten(self, session: Session) -> None:
        """Leave, and take everything along that says who this was; what was said anonymously was never tied to it."""
        self.leave()
        self.name, self.given_name, self.email = "", "", ""
        self.connection_id, self.issuer, self.subject, self.external_id = None, None, None, None
        self.given_roles, self.vouched_roles, self.unit_id, self.site_id = [], [], None, None
        self.reads_along, self.signed_in_on, self.is_vouched = [], None, False
        ProvisionedPerson.forget(self.id, session)
        ask_to_write_anew(session, tenant_of(session))  # the row of before lies in the file until then

    @property
    def roles(self) -> list[str]:
        return sorted({"participant", *self.given_roles, *self.vouched_roles})

    def _count_places_soon(self) -> None:
        self.schedule(PLACES_COUNTED, places_counted_at())

    def _facts(self) -> dict[str, Any]:
        places = {"unit_id": self.unit_id, "site_id": self.site_id}
        facts = {"member_id": self.id, "roles": self.roles, "language": self.language}
        return facts | places | {"is_invited": self.is_invited}


def places_counted_at() -> datetime:
    """The next full five minutes, however many people come and go until then."""
    soon = datetime.now(UTC) + PLACES_COUNTED_EVERY
    return soon.replace(minute=soon.minute - soon.minute % 5, second=0, microsecond=0)


def at_the_full_hour() -> datetime:
    """When the workshops free the places of those who have left until then, all together."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def roles_of(kind: str) -> frozenset[str]:
    return STAFF_ROLES if kind == "consultancy" else CLIENT_ROLES


def given_by_groups(kind: str) -> frozenset[str]:
    """Returns the roles that groups of a client's directory can give; the consultancy's are given by people alone."""
    return frozenset() if kind == "consultancy" else CLIENT_ROLES


def deciding_role(kind: str) -> str:
    """Returns the role that may change how people sign in."""
    return "lead" if kind == "consultancy" else "admin"


def holds(role: str) -> ColumnElement[bool]:
    return Member.given_roles.contains([role]) | Member.vouched_roles.contains([role])


def has_address(email: Any) -> ColumnElement[bool]:
    return func.lower(Member.email) == func.lower(str(email))


def is_here() -> ColumnElement[bool]:
    return Member.left_at.is_(None)


def _nobody() -> Member:
    raise NotFound


def spoken_by(locale: Any, organisation: Organisation) -> str:
    """fi-FI -> fi; a language that the organisation does not speak becomes its first one."""
    language = str(locale or "")[:2].lower()
    return (
        language
        if language in LANGUAGES and language in organisation.languages
        else organisation.languages[0]
    )
