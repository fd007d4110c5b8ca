"""From signing in to signing out: what is known on the way, and the session that a browser holds a secret of."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.member import Member, Site, Unit
from services.identity.pseudonyms.models.pseudonym import PseudonymKey
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.in_use import IN_USE, Ended, this_hour
from services.identity.tenants.models.organisation import Host, Organisation, theme_of
from shared.contracts.api.identity import Kind, OrganisationShown, PersonShown
from shared.database import belongs_to, new_id, sessions_of, unique_in_tenant
from shared.privacy.rewriting import write_anew_tonight
from shared.problems import RuleBroken, WhoAreYou
from shared.tenancy.sessions import TenantOwned, acting_for, tenant_of

MINUTES_TO_SIGN_IN = 10
IDLE, LONGEST = timedelta(hours=8), timedelta(hours=24)


class SignInExpired(RuleBroken):
    """This sign-in was not started here, or it took too long. Start again from the front page."""

    status = 400


def hash_secret(secret: str) -> bytes:
    """Secrets are long and random, so a plain hash is enough; only the hash is stored."""
    return hashlib.sha256(secret.encode()).digest()


class SignIn(TenantOwned, Base):
    """A sign-in that has begun: what has to come back from the provider, once and within ten minutes."""

    __tablename__ = "sign_in"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    nonce: Mapped[str] = mapped_column(repr=False)
    verifier: Mapped[str] = mapped_column(repr=False)
    redirect_uri: Mapped[str]
    back: Mapped[str]
    expires_at: Mapped[datetime]
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (belongs_to("connection_id", "connection.id"), unique_in_tenant("state_hash"))

    @classmethod
    def begin(
        cls, connection: Connection, redirect_uri: str, back: str, session: Session
    ) -> tuple["SignIn", str]:
        """The sign-in, and the state that proves to belong to the browser that began it."""
        session.execute(delete(cls).where(cls.expires_at < now()))
        state = secrets.token_urlsafe(32)
        begun = cls(
            connection_id=connection.id,
            state_hash=hash_secret(state),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            back=back,
            expires_at=now() + timedelta(minutes=MINUTES_TO_SIGN_IN),
        )
        session.add(begun)
        return begun, state

    @classmethod
    def take(cls, state: str, session: Session) -> "SignIn":
        """Takes out and returns what was begun under this state: nobody comes back twice."""
        taken = (
            delete(cls).filter_by(state_hash=hash_secret(state)).where(cls.expires_at >= now()).returning(cls)
        )
        begun = session.scalars(taken).one_or_none()
        if begun is None:
            raise SignInExpired
        session.expunge(begun)
        return begun


class SignInSession(TenantOwned, Base):
    """A sign-in session: its secret is in one browser's cookie, its hash here; ending it here ends it at once. When it began and was
    last used is known to the hour that had begun then, so it ends after 23 to 24 hours, or 6 to 8 without a click."""

    __tablename__ = "visit"

    id: Mapped[UUID] = new_id()
    member_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    __table_args__ = (
        belongs_to("member_id", "member.id"),
        belongs_to("connection_id", "connection.id"),
        unique_in_tenant("secret_hash"),
    )

    @classmethod
    def open(cls, member: Member, connection_id: UUID, session: Session) -> str:
        """Open a session by a way in, with which it ends; its secret is returned once and kept nowhere. Beside which acts of the day
        it was opened is not to be seen any longer than until the night."""
        session.execute(delete(cls).where(cls.ends_at < now()))
        secret = secrets.token_urlsafe(32)
        opened = cls(
            member_id=member.id,
            connection_id=connection_id,
            secret_hash=hash_secret(secret),
            seen_at=this_hour(),
            ends_at=this_hour() + LONGEST,
        )
        session.add(opened)
        write_anew_tonight(session, tenant_of(session))
        return secret

    @classmethod
    def held(cls, secret: str, session: Session, client: str | None = None) -> "Holder":
        """Returns who holds the running session with this secret; raises WhoAreYou when there is none, or not any more. `client`: the short name
        of an organisation, whose id is looked up beside."""
        asked = {"hash": hash_secret(secret), "client": client}
        found = session.connection().execute(HELD, asked).one_or_none()
        if found is None:
            raise WhoAreYou
        holder = Holder(**found._mapping)
        if not holder.goes_on:
            raise WhoAreYou
        for ended in IN_USE.note(holder.tenant_id, holder.session_id):
            cls.were_used(ended)
        return holder

    @classmethod
    def were_used(cls, ended: Ended) -> None:
        """Writes down, in a transaction of its own, which sessions were used in an hour that is over."""
        with acting_for(ended.tenant), sessions_of("identity").begin() as session:
            theirs = update(cls).where(cls.id.in_(ended.ids), cls.seen_at < ended.hour)
            session.execute(theirs.values(seen_at=ended.hour))

    @classmethod
    def end(cls, id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(id=id))

    @classmethod
    def end_all(cls, session: Session) -> None:
        """Ends all sessions of the organisation, also of those who are about to sign in."""
        for noun in (cls, SignIn):
            session.execute(delete(noun))

    @classmethod
    def end_all_of(cls, member_id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(member_id=member_id))


class Holder(NamedTuple):
    """A session, whose it is, whose people they are, and what their tokens rest on: what every page asks, in one statement."""

    session_id: UUID
    seen_at: datetime
    ends_at: datetime
    tenant_id: UUID
    id: UUID
    name: str
    email: str
    language: str
    unit_id: UUID | None
    site_id: UUID | None
    unit: str | None
    site: str | None
    given_roles: list[str]
    vouched_roles: list[str]
    reads_along: list[UUID]
    left_at: datetime | None
    slug: str
    organisation: str
    kind: Kind
    languages: list[str]
    colour: str
    consultancy_id: UUID | None
    client_id: UUID | None  # the organisation with the short name asked for
    key_died_at: datetime | None  # the last of the organisation's pseudonym keys

    @property
    def goes_on(self) -> bool:
        return self.ends_at >= now() and self._last_used + IDLE >= now() and self.left_at is None

    @property
    def _last_used(self) -> datetime:
        is_remembered = IN_USE.has(self.tenant_id, self.session_id)
        return max(self.seen_at, IN_USE.hour) if is_remembered else self.seen_at

    @property
    def roles(self) -> frozenset[str]:
        return frozenset({"participant", *self.given_roles, *self.vouched_roles})

    @property
    def shown(self) -> PersonShown:
        return PersonShown(
            id=self.id,
            name=self.name,
            email=self.email,
            language=self.language,
            unit_id=self.unit_id,
            site_id=self.site_id,
            unit=self.unit,
            site=self.site,
            reads_along=self.reads_along,
        )

    @property
    def home(self) -> OrganisationShown:
        """Returns the organisation whose people the person belongs to."""
        return OrganisationShown(
            id=self.tenant_id,
            slug=self.slug,
            name=self.organisation,
            kind=self.kind,
            languages=self.languages,
            theme=theme_of(self.colour),
            consultancy_id=self.consultancy_id,
        )


HELD = (
    select(
        SignInSession.id.label("session_id"),
        *(SignInSession.seen_at, SignInSession.ends_at, SignInSession.tenant_id),
        *(Member.id, Member.name, Member.email, Member.language, Member.unit_id, Member.site_id),
        *(Unit.name.label("unit"), Site.name.label("site")),
        *(Member.given_roles, Member.vouched_roles, Member.reads_along, Member.left_at),
        *(Organisation.slug, Organisation.name.label("organisation"), Organisation.kind),
        *(Organisation.languages, Organisation.colour, Organisation.consultancy_id),
        Host.organisation_id.label("client_id"),
        select(func.max(PseudonymKey.destroyed_at)).scalar_subquery().label("key_died_at"),
    )
    .select_from(SignInSession)
    .join(Member, (Member.tenant_id == SignInSession.tenant_id) & (Member.id == SignInSession.member_id))
    .join(Organisation, Organisation.tenant_id == SignInSession.tenant_id)
    .outerjoin(Unit, (Unit.tenant_id == Member.tenant_id) & (Unit.id == Member.unit_id))
    .outerjoin(Site, (Site.tenant_id == Member.tenant_id) & (Site.id == Member.site_id))
    .outerjoin(Host, Host.name == bindparam("client"))
    .where(SignInSession.secret_hash == bindparam("hash"))
)


def now() -> datetime:
    return datetime.now(UTC)
