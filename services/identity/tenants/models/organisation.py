"""Organisations, the host names they are reached by, and the list of clients that a consultancy keeps."""

import re
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.models.entry import note
from services.identity.audit.timers import keep_the_days
from services.identity.base import WORDS, Base, today
from shared.contracts.api.identity import Kind
from shared.contracts.identity import TenantOpened, TenantReopened, TenantSuspended
from shared.database import moment, unique_in_tenant
from shared.languages import LANGUAGES
from shared.messaging.outbox import TellsOthers
from shared.problems import NotFound, RuleBroken
from shared.settings import base_domain
from shared.tenancy.sessions import TenantOwned, tenant_of

CONSOLE = "console"
RESERVED = {CONSOLE, "api", "live", "www", "mail", "admin", "sign-in", "static", "status"}
RESERVED |= {"login", "metrics", "postgres", "kafka", "prometheus", "grafana", "polku", "support", "security"}
SLUG = re.compile(r"(?!xn--)[a-z][a-z0-9-]{1,30}[a-z0-9]")  # no name that a browser shows in other letters
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
MAILBOX = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}", re.ASCII
)  # as browsers check it (https://html.spec.whatwg.org/#email-state)
LONGEST_ADDRESS = 254
COLOUR = re.compile(r"#[0-9a-f]{6}")
OUR_COLOUR = "#1d4a43"
IDLE_MINUTES, SESSION_HOURS = range(10, 61), range(2, 13)  # as an organisation may set them


class NameIsTaken(RuleBroken):
    """Another organisation already uses this address. Choose another short name."""

    field = "slug"


class HostIsTaken(RuleBroken):
    """Another organisation has proven that this name is its own. It has to give the name up first: ask the consultancy that leads your path."""


class NotAnAddress(RuleBroken):
    """A short name has 3 to 32 small letters, digits or hyphens and begins with a letter. Write it that way."""

    status = 422
    field = "slug"


class NobodysHost(NotFound):
    """No organisation uses this address. Check it letter by letter."""


class NoHostName(RuleBroken):
    """This is not a host name of your own. Write it like polku.example.fi, without https:// or a path."""

    status = 422
    field = "name"


class NotAReplyAddress(RuleBroken):
    """This is not a mail address that answers can go to. Write one, like hybrid@example.fi, or leave the field empty."""

    status = 422


class NoSuchLanguage(RuleBroken):
    """Polku speaks Finnish, Swedish and English. Choose at least one of them."""

    status = 422
    field = "languages"


class TooShortOrTooLong(RuleBroken):
    """At the desk a session ends after 10 to 60 minutes without a click, and after 2 to 12 hours in any case. Choose within these bounds."""

    status = 422


class IsSuspended(RuleBroken):
    """The rooms of this organisation are closed. Ask the consultancy that leads your path."""

    status = 403


class LeadsOthers(RuleBroken):
    """The consultancy itself cannot be suspended or erased: its clients would be led by nobody."""


class NoColour(RuleBroken):
    """A colour is written as # and six digits or letters from a to f, for example #1d4a43. Write it that way."""

    status = 422
    field = "colour"


class Host(Base):
    """Which organisation a name belongs to: a short name under the base domain, or a whole host name of its own.

    It is asked before an organisation is known, so it has no row security; it holds nothing but the name, the
    organisation's short name and id, and whether the name is proven (see tests/architecture).
    """

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    is_proven: Mapped[bool] = mapped_column(default=False)  # of a name of its own: by its DNS

    @classmethod
    def named(cls, host: str, session: Session) -> "Host":
        """The entry behind a host name as a browser sends it, port or no port; NobodysHost when there is none."""
        name = host.lower().partition(":")[0].rstrip(".")
        short = name.removesuffix(f".{base_domain()}")
        if "." not in name:
            return _nobody()  # a machine's name, not an organisation's
        return session.get(cls, short if "." not in short else name) or _nobody()

    @classmethod
    def register(cls, name: str, slug: str, session: Session) -> "Host":
        if session.get(cls, name):
            raise NameIsTaken
        host = cls(name=name, slug=slug, organisation_id=tenant_of(session))
        session.add(host)
        return host

    @classmethod
    def take(cls, name: str, slug: str, session: Session) -> None:
        """Lets a proven name lead to us, also where it led to somebody who has not proven it."""
        ours = {"slug": slug, "organisation_id": tenant_of(session), "is_proven": True}
        row = insert(cls).values(name=name, **ours)
        free = ~cls.is_proven | (cls.organisation_id == tenant_of(session))
        taken = row.on_conflict_do_update(index_elements=["name"], set_=ours, where=free).returning(cls.name)
        if session.scalar(taken) is None:
            raise HostIsTaken

    @classmethod
    def give_up(cls, name: str, session: Session) -> None:
        session.execute(delete(cls).filter_by(name=name, organisation_id=tenant_of(session)))

    @classmethod
    def forget_ours(cls, session: Session) -> int:
        """Give up all names of the organisation that we act for; how many."""
        ours = delete(cls).filter_by(organisation_id=tenant_of(session))
        return len(session.scalars(ours.returning(cls.name)).all())


def _nobody() -> Host:
    raise NobodysHost


class Organisation(TenantOwned, TellsOthers, Base):
    """A client, or the consultancy itself. There is one row an organisation: itself."""

    __tablename__ = "organisation"

    slug: Mapped[str]
    name: Mapped[str]
    kind: Mapped[Kind] = mapped_column(String)
    languages: Mapped[list[str]] = mapped_column(WORDS)
    colour: Mapped[str] = mapped_column(default=OUR_COLOUR)
    consultancy_id: Mapped[UUID | None] = mapped_column(default=None)
    opened_at: Mapped[datetime] = moment()
    suspended_at: Mapped[datetime | None] = mapped_column(default=None)
    reply_to: Mapped[str | None] = mapped_column(default=None)  # where answers to our mails go
    first_administrator_id: Mapped[UUID | None] = mapped_column(default=None)  # named at the opening
    handed_over_on: Mapped[date | None] = mapped_column(default=None)  # the first administrator has signed in
    # Sessions at the desk, and of the consultancy's people: they end after so long without a click, and at most
    idle_minutes: Mapped[int] = mapped_column(default=30, server_default="30")
    session_hours: Mapped[int] = mapped_column(default=8, server_default="8")
    second_factor_from: Mapped[date | None] = mapped_column(default=None)  # from this day on they need one
    mail_domains: Mapped[list[str]] = mapped_column(
        WORDS, default_factory=list
    )  # as the consultancy named them at the opening; a way in has its own, which are proven

    @classmethod
    def ours(cls, session: Session) -> "Organisation":
        """The organisation that we act for."""
        return session.scalars(select(cls)).one_or_none() or _nobody_here()

    @classmethod
    def open(cls, session: Session, *, slug: str, languages: list[str], **described) -> "Organisation":
        """Open the organisation that we act for, under its short name."""
        if not SLUG.fullmatch(slug) or slug in RESERVED:
            raise NotAnAddress
        Host.register(slug, slug, session)
        organisation = cls(slug=slug, languages=spoken(languages), **described)
        session.add(organisation)
        organisation._tell_that_it_is_open()
        note(session, "organisation_opened")
        keep_the_days(session)
        return organisation

    def _tell_that_it_is_open(self) -> None:
        self.tell(
            TenantOpened(
                kind=self.kind,
                slug=self.slug,
                languages=self.languages,
                consultancy_id=self.consultancy_id,
            )
        )

    def describe(
        self,
        *,
        name: str | None = None,
        languages: list[str] | None = None,
        colour: str | None = None,
        reply_to: str | None = None,
    ) -> None:
        """Changes how the organisation is called, what it speaks, the colour that marks it, and where answers to mails go; an empty
        `reply_to`: nowhere."""
        self.name = name or self.name
        self.languages = spoken(languages) if languages is not None else self.languages
        self.colour = checked_colour(colour) if colour else self.colour
        self.reply_to = checked_address(reply_to.strip()) if reply_to is not None else self.reply_to

    def limit_sessions(self, idle_minutes: int, session_hours: int) -> None:
        """Sets how long sessions at the desk go on without a click, and at most; open ones obey at once."""
        if idle_minutes not in IDLE_MINUTES or session_hours not in SESSION_HOURS:
            raise TooShortOrTooLong
        self.idle_minutes, self.session_hours = idle_minutes, session_hours

    def name_mail_domains(self, domains: list[str]) -> None:
        """Keeps which domains its people's addresses have, for whoever sets its way in up; proven is none by it."""
        from services.identity.sign_in.mail_domains import can_be_claimed, tidy

        can_be_claimed(tidied := tidy(domains))
        self.mail_domains = tidied

    def hosts(self, session: Session) -> list[str]:
        """The names of its own, beside the short name."""
        own = select(Host.name).filter_by(organisation_id=tenant_of(session)).where(Host.name.contains("."))
        return list(session.scalars(own.order_by(Host.name)))

    def suspend(self, at: datetime) -> None:
        """From now on nobody gets in; nothing is lost."""
        if self.kind != "client":
            raise LeadsOthers
        if self.suspended_at is None:
            self.suspended_at = at
            self.tell(TenantSuspended())

    def is_handed_over(self, to: UUID) -> None:
        """From now on the ways in belong to the organisation alone; who took them over confirms them, unless another was named."""
        self.first_administrator_id = self.first_administrator_id or to
        self.handed_over_on = self.handed_over_on or today()

    def goes_on_with(self, listed: UUID, account: UUID) -> None:
        """The person who was listed has turned out to have this account already."""
        if self.first_administrator_id == listed:
            self.first_administrator_id = account

    def reopen(self) -> None:
        if self.suspended_at:
            self.suspended_at = None
            self.tell(TenantReopened())

    def lets_people_in(self) -> None:
        """Raises IsSuspended when it does not."""
        if self.suspended_at:
            raise IsSuspended

    @property
    def theme(self) -> dict[str, str]:
        return theme_of(self.colour)


def theme_of(colour: str) -> dict[str, str]:
    return {"brand": colour}


def _nobody_here() -> Organisation:
    raise NotFound


def spoken(languages: list[str]) -> list[str]:
    """The languages in our own order, without doubles; refuses an empty or foreign choice."""
    if not languages or set(languages) - set(LANGUAGES):
        raise NoSuchLanguage
    return [language for language in LANGUAGES if language in languages]


def checked_address(address: str) -> str | None:
    """The address as it is typed, None for an empty one; refuses what cannot stand in the header of a mail."""
    mailbox, _at, domain = address.rpartition("@")
    try:
        is_host = HOST.fullmatch(domain.lower().encode("idna").decode())
    except UnicodeError:
        is_host = None
    if address and not (len(address) <= LONGEST_ADDRESS and MAILBOX.fullmatch(mailbox) and is_host):
        raise NotAReplyAddress
    return address or None


def checked_colour(colour: str) -> str:
    if not COLOUR.fullmatch(colour.lower()):
        raise NoColour
    return colour.lower()


class Client(TenantOwned, Base):
    """A client on its consultancy's list: how to call it and where to find it."""

    __tablename__ = "client"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    colour: Mapped[str] = mapped_column(default=OUR_COLOUR)
    opened_at: Mapped[datetime] = moment()
    __table_args__ = (unique_in_tenant("slug"),)

    @classmethod
    def note(cls, session: Session, client_id: UUID, **described) -> "Client":
        """Put a client on the list, once: the screen and the listener may do so at the same moment."""
        row, key = insert(cls).values(client_id=client_id, **described), ["tenant_id", "client_id"]
        session.execute(row.on_conflict_do_nothing(index_elements=key))
        return session.scalars(select(cls).filter_by(client_id=client_id)).one()

    @classmethod
    def strike(cls, client_id: UUID, session: Session) -> None:
        """Take a client that was erased off the list, and with it who might enter its rooms."""
        from services.identity.tenants.models.staff_access import Assignment

        for noun in (cls, Assignment):
            session.execute(delete(noun).filter_by(client_id=client_id))
