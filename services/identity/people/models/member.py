"""The people of an organisation, and the two dimensions they are counted by: unit and site."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Index, Uuid, false, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, validates

from services.identity.base import WORDS, Base
from services.identity.sign_in.models.connection import Connection, NotConfirmed, NotYourDomain
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.identity import MemberChanged, MemberJoined, MemberLeft, UnitsChanged
from shared.database import belongs_to, lock_of, moment, new_id, unique_in_tenant
from shared.languages import LANGUAGES, alphabetical
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import schedule
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned, tenant_of
from shared.web.cleaning import cleaned, in_one_line

CLIENT_ROLES = frozenset({"supervisor", "coordinator", "designer", "admin"})
STAFF_ROLES = frozenset({"lead", "facilitator", "editor"})
DECIDING = frozenset(
    {"admin", "lead"}
)  # who may change how people sign in, at a client and at the consultancy
PEOPLE_LIST = "people-list"  # whoever holds this lock adds people; sign-ins share it, lists have it alone
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


class Member(TenantOwned, TellsOthers, Base):
    """A person of the organisation, known by (connection, issuer, subject) and never by an e-mail address.

    Somebody from a list of people has no subject yet; the first sign-in gives it.
    """

    __tablename__ = "member"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(
        init=False, repr=False, server_default=""
    )  # the letters by which the name sorts
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
    # A confirmed way in has brought the person, with this address: lists know the account, also while it is not confirmed
    is_vouched: Mapped[bool] = mapped_column(default=False, server_default=false())
    joined_at: Mapped[datetime] = moment()
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        belongs_to("connection_id", "connection.id"),
        belongs_to("unit_id", "unit.id"),
        belongs_to("site_id", "site.id"),
        unique_in_tenant("issuer", "subject", "connection_id"),
        Index("ix_member_tenant_sort_name", "tenant_id", "sort_name", "id"),
        Index("ix_member_tenant_email", "tenant_id", text("lower(email)")),
    )

    @validates("name")
    def _sorts_by_it(self, _field: str, name: str) -> str:
        self.sort_name = alphabetical(name)
        return name

    @classmethod
    def signed_in(cls, connection: Connection, claims: dict[str, Any], session: Session) -> "Member":
        """The person whom the provider has vouched for; a first sign-in makes the account where it may be made."""
        connection.is_used()
        member = cls._known(connection, claims["sub"], session)
        if member is None:
            session.execute(select(func.pg_advisory_xact_lock_shared(lock_of(session, PEOPLE_LIST))))
            member = cls._expected(connection, claims, session)
        if member is None:
            return cls._newcomer(connection, claims, session)
        if member.left_at:
            raise YouHaveLeft
        before = member._facts()
        member._follow(connection, claims, session)
        member._takes_the_listed_place(connection, claims, session)
        member._tell_what_changed(before)
        member._takes_over(session)
        return member

    @classmethod
    def locked(cls, id: UUID, session: Session) -> "Member":
        """The person, for somebody who changes what a leaving ends, or ends the membership: one after the other."""
        ours = select(cls).filter_by(id=id).with_for_update(key_share=True)
        found = session.scalars(ours.execution_options(populate_existing=True)).one_or_none()
        return found or _nobody()

    @classmethod
    def _known(cls, connection: Connection, subject: str, session: Session) -> "Member | None":
        """Returns who has the account; a confirmed way in to the same provider may take the place of an earlier one."""
        theirs = select(cls).filter_by(issuer=connection.issuer, subject=subject)
        by_this = cls.connection_id == connection.id
        if not connection.is_confirmed:
            theirs = theirs.where(by_this)
        member = session.scalars(theirs.order_by(by_this.desc(), cls.id).limit(1)).first()
        if member:
            member._has_the_account(connection, subject)
        return member

    @classmethod
    def _expected(cls, connection: Connection, claims: dict[str, Any], session: Session) -> "Member | None":
        """Somebody from a list of people, once: their own organisation vouches for an address of its own domain.

        An unconfirmed way in could be anybody's: by it nobody gets in whose address is known here.
        """
        if not connection.vouches_for_address(claims):
            return None
        listed = select(cls).where(has_address(connection.claim("email", claims)), is_here())
        if connection.is_confirmed:
            listed = listed.where(cls.subject.is_(None))
        member = session.scalars(listed.order_by(cls.id).limit(1)).first()
        if member and not connection.is_confirmed:
            raise NotConfirmed
        if member:
            member._has_the_account(connection, claims["sub"])
        return member

    @classmethod
    def _newcomer(cls, connection: Connection, claims: dict[str, Any], session: Session) -> "Member":
        if not connection.vouches_for_address(claims):
            raise NotYourDomain
        language = spoken_by(connection.claim("language", claims), Organisation.ours(session))
        member = cls(name="", language=language)
        member._has_the_account(connection, claims["sub"])
        member._follow(connection, claims, session)
        member._takes_over(session)
        return member.join(session)

    def _has_the_account(self, connection: Connection, subject: str) -> None:
        self.connection_id, self.issuer, self.subject = connection.id, connection.issuer, subject

    def join(self, session: Session) -> "Member":
        session.add(self)
        self.tell(MemberJoined(**self._facts()))
        count_places_soon(session)
        return self

    def _follow(self, connection: Connection, claims: dict[str, Any], session: Session) -> None:
        """Takes over what the organisation's own directory says: it goes before what we remembered."""
        email = told(connection.claim("email", claims)) or self.email
        if connection.is_confirmed or not (self.is_vouched or belongs_to_somebody_else(email, self, session)):
            self.email = email
        self.is_vouched = self.is_vouched or connection.is_confirmed
        self.name = told(connection.claim("name", claims)) or self.name or self.email
        vouched = connection.roles_in(claims, roles_of(Organisation.ours(session).kind))
        self.vouched_roles = [
            role for role in vouched if connection.is_confirmed or role in self.vouched_roles
        ]
        self.unit_id = place(Unit, connection.claim("unit", claims), session) or self.unit_id
        self.site_id = place(Site, connection.claim("site", claims), session) or self.site_id

    def _takes_the_listed_place(
        self, connection: Connection, claims: dict[str, Any], session: Session
    ) -> None:
        """A list that did not know the account, because its way in was not confirmed then, has the person a second time."""
        if not (connection.is_confirmed and connection.vouches_for_address(claims)):
            return
        unclaimed = select(Member).where(has_address(self.email), is_here(), Member.subject.is_(None))
        for listed in session.scalars(unclaimed.where(Member.id != self.id).order_by(Member.id)):
            self.given_roles = sorted({*self.given_roles, *listed.given_roles})
            self.unit_id, self.site_id = self.unit_id or listed.unit_id, self.site_id or listed.site_id
            Organisation.ours(session).goes_on_with(listed.id, self.id)
            listed.be_forgotten(session)

    def _takes_over(self, session: Session) -> None:
        """With the first administrator who signs in, the ways in are the client's own."""
        if not self.subject or not DECIDING & set(self.roles):
            return
        organisation = Organisation.ours(session)
        if deciding_role(organisation.kind) in self.roles:
            organisation.is_handed_over(self.id)

    @classmethod
    def confirms_ways_in(cls, asking: UUID | None, session: Session) -> "Member | None":
        """The first administrator: who was named at the opening, or was the first to sign in. Once that person is none any
        more, whoever has been administrator for longest and has signed in, but who asks: nobody confirms what is one's own
        by letting the first administrator go."""
        organisation = Organisation.ours(session)
        deciding = holds(deciding_role(organisation.kind))
        named = cls.id == organisation.first_administrator_id
        successor = cls.subject.is_not(None) & cls.id.is_distinct_from(asking)
        here = select(cls).where(
            is_here(), deciding, cls.email != "", func.coalesce(named, False) | successor
        )
        return session.scalars(
            here.order_by(named.desc().nulls_last(), cls.joined_at, cls.id).limit(1)
        ).first()

    def _tell_what_changed(self, before: dict[str, Any]) -> None:
        if self._facts() != before:
            self.tell(MemberChanged(**self._facts()))
            count_places_soon(object_session(self))

    def has_to_be_here(self) -> None:
        """Refuses to change somebody who has left: roles given meanwhile would come back with the person."""
        if self.left_at is not None:
            raise HasLeft

    def give_roles(self, roles: Iterable[str], session: Session) -> None:
        """These are the roles given to the person here; those that the provider vouches for stay."""
        if unknown := set(roles) - roles_of(Organisation.ours(session).kind):
            raise NoSuchRole from KeyError(unknown)
        if set(roles) - set(self.given_roles) and not self._came_by_a_confirmed_way(session):
            raise CameUnconfirmed
        before = self._facts()
        self.given_roles = sorted(roles)
        self._tell_what_changed(before)
        self._takes_over(session)

    def _came_by_a_confirmed_way(self, session: Session) -> bool:
        """True too for somebody who has not come yet: who is listed comes by a confirmed way only."""
        way = session.get(Connection, (self.tenant_id, self.connection_id)) if self.connection_id else None
        return way is None or way.is_confirmed

    def move(self, unit_id: UUID | None, site_id: UUID | None) -> None:
        before = self._facts()
        self.unit_id, self.site_id = unit_id, site_id
        self._tell_what_changed(before)

    def speak(self, language: str) -> None:
        before = self._facts()
        self.language = language
        self._tell_what_changed(before)

    def leave(self, session: Session) -> None:
        """Ends the membership. Who comes back has no role but those given anew: a list takes people back, without a right
        to give roles."""
        if self.left_at is None:
            self.given_roles, self.vouched_roles = [], []
            self.left_at = session.scalar(select(func.now()))
            self.tell(MemberLeft(member_id=self.id))
            count_places_soon(session)
            schedule(session, at_the_full_hour(), "free_places", tenant_of(session))

    def come_back(self, session: Session) -> None:
        if self.left_at is not None:
            self.left_at = None
            self.tell(MemberJoined(**self._facts()))
            count_places_soon(session)

    def only_reads(self, runs: Iterable[UUID]) -> None:
        """In these runs the person may read along, and has no hand."""
        self.reads_along = sorted({*self.reads_along, *runs})

    def be_forgotten(self, session: Session) -> None:
        """Leave, and take everything along that says who this was; what was said anonymously was never tied to it."""
        self.leave(session)
        self.name, self.email = "", ""
        self.connection_id, self.issuer, self.subject = None, None, None
        self.given_roles, self.vouched_roles, self.unit_id, self.site_id = [], [], None, None
        self.reads_along, self.signed_in_on, self.is_vouched = [], None, False
        ask_to_write_anew(session, tenant_of(session))  # the row of before lies in the file until then

    @property
    def roles(self) -> list[str]:
        return sorted({"participant", *self.given_roles, *self.vouched_roles})

    def _facts(self) -> dict[str, Any]:
        places = {"unit_id": self.unit_id, "site_id": self.site_id}
        return {"member_id": self.id, "roles": self.roles, "language": self.language} | places


def at_the_full_hour() -> datetime:
    """When the workshops free the places of those who have left until then, all together."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def count_places_soon(session: Session | None) -> None:
    """At the next full five minutes, however many people come and go until then."""
    if session is not None:
        soon = datetime.now(UTC) + PLACES_COUNTED_EVERY
        whole = soon.replace(minute=soon.minute - soon.minute % 5, second=0, microsecond=0)
        schedule(session, whole, "places_counted", tenant_of(session))


def tell_places(session: Session) -> None:
    """How many belong to each unit and site."""
    counted = {
        kind: counts_by(column, session)
        for kind, column in (("units", Member.unit_id), ("sites", Member.site_id))
    }
    Organisation.ours(session).tell(UnitsChanged(**counted))


def counts_by(column: Any, session: Session) -> dict[str, int]:
    rows = session.execute(
        select(column, func.count()).where(is_here(), column.is_not(None)).group_by(column)
    )
    return {str(id): number for id, number in rows}


def roles_of(kind: str) -> frozenset[str]:
    return STAFF_ROLES if kind == "consultancy" else CLIENT_ROLES


def deciding_role(kind: str) -> str:
    """Returns the role that may change how people sign in."""
    return "lead" if kind == "consultancy" else "admin"


def holds(role: str) -> ColumnElement[bool]:
    return Member.given_roles.contains([role]) | Member.vouched_roles.contains([role])


def has_address(email: Any) -> ColumnElement[bool]:
    return func.lower(Member.email) == func.lower(str(email))


def belongs_to_somebody_else(email: str, member: Member, session: Session) -> bool:
    theirs = select(Member.id).where(has_address(email), is_here(), Member.id != member.id)
    return session.scalar(theirs.limit(1)) is not None


def is_here() -> ColumnElement[bool]:
    return Member.left_at.is_(None)


def _nobody() -> Member:
    raise NotFound


def told(claim: Any) -> str:
    """One line of text out of a claim, which may be a number too; nothing where it is blank or of another shape."""
    return in_one_line(cleaned(str(claim))) if isinstance(claim, str | int) else ""


def place(kind: type[Unit] | type[Site], name: Any, session: Session) -> UUID | None:
    """The id of the unit or site with this name, made when it is new; None without a name."""
    if not (name := told(name)):
        return None
    by_name = select(kind.id).filter_by(name=name)
    if (
        found := session.scalar(by_name)
    ) is None:  # several of its people may sign in at once for the first time
        session.execute(insert(kind).values(id=uuid4(), name=name).on_conflict_do_nothing())
        found = session.scalar(by_name)
    return found


def spoken_by(locale: Any, organisation: Organisation) -> str:
    """fi-FI -> fi; a language that the organisation does not speak becomes its first one."""
    language = str(locale or "")[:2].lower()
    return (
        language
        if language in LANGUAGES and language in organisation.languages
        else organisation.languages[0]
    )
