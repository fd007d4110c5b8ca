"""The operations of identity: whose host this is, the way in, and who is there."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from marshmallow.validate import Length, OneOf
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.settings import AUDIENCES
from shared.web.fields import Secret, WebAddress
from shared.web.operations import Read, Service, operation

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=2000)]
ShortSecret = Annotated[str, Read(Secret, Length(max=200))]
LongSecret = Annotated[str, Read(Secret, Length(max=2000))]
Audience = Annotated[str, Read(None, OneOf(AUDIENCES))]
Kind = Literal["client", "consultancy"]
Admits = Literal["domains", "listed"]
"""Who gets an account at the first sign-in: everybody with an address of the domains, or only who is on the list of people."""
Browser = Literal["firefox", "chrome", "edge", "safari", "opera", "samsung", "other"]
Device = Literal["computer", "phone"]
"""With `Browser`, all that is kept of a browser; a tablet counts as a phone."""


class OrganisationShown(Struct, frozen=True, kw_only=True):
    """A client, or the consultancy itself, as its pages show it."""

    id: UUID
    slug: str
    name: str
    kind: Kind
    languages: list[str]
    theme: dict[str, str]
    consultancy_id: UUID | None


class WayIn(Struct, frozen=True, kw_only=True):
    """A connection as somebody sees it who has not signed in."""

    id: UUID
    name: str
    is_confirmed: bool


class HostFound(Struct, frozen=True, kw_only=True):
    organisation: OrganisationShown
    ways_in: list[WayIn]


class SignInWish(Struct, frozen=True, kw_only=True):
    """By which way in, by the only one where none is named; `back` is the page to come to afterwards."""

    redirect_uri: Annotated[str, Read(WebAddress)]
    connection_id: UUID | None = None
    back: Long = "/"


class SignInBegun(Struct, frozen=True, kw_only=True):
    """The address to send the browser to, and the state that it has to bring back. `by_post`: a form of the provider brings it."""

    url: str
    state: str
    by_post: bool


class SignInAnswer(Struct, frozen=True, kw_only=True):
    """The provider's answer, as the browser brings it back. `connection_id`: whose own return address it came to."""

    state: ShortSecret
    code: LongSecret = ""
    error: Long = ""
    iss: LongSecret | None = None
    connection_id: UUID | None = None
    browser: Browser = "other"
    device: Device = "computer"


class SessionOpened(Struct, frozen=True, kw_only=True):
    secret: str
    back: str


class SessionHeld(Struct, frozen=True, kw_only=True):
    secret: ShortSecret


class SessionEnded(Struct, frozen=True, kw_only=True):
    connection_id: UUID | None


class AccessContextAsked(Struct, frozen=True, kw_only=True):
    """The question who somebody is: whose session, in a client's rooms or at home, as an employee or at the desk; for which services tokens are wanted (all, where
    that is not said), for which run. `for_stream`: the answer says also on what the access rests. `is_act`: the person does something just now, and is not idle."""

    secret: ShortSecret
    client: Short | None = None
    run_id: UUID | None = None
    as_participant: bool = True
    for_stream: bool = False
    is_act: bool = False
    audiences: list[Audience] | None = None


class PersonShown(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    given_name: str
    email: str
    language: str
    unit_id: UUID | None
    site_id: UUID | None
    unit: str | None
    site: str | None
    reads_along: list[UUID]


class Tokens(Struct, frozen=True, kw_only=True):
    """Tokens by service; those that are for one request alone; and the version of the access context, another one as soon as tokens would say
    something else."""

    tokens: dict[str, str]
    for_once: list[str]
    version: str


class AccessContext(Tokens, frozen=True, kw_only=True):
    """The holder of a session, and in which capacity. `rests_on`, by organisation: when one of these ends, so does the access, at the latest
    `until`, if nothing more is done. `renewed`: what the browser has to hold from now on, where that is something else.
    `second_factor_from`: the day from which on this session is not enough at the desk."""

    person: PersonShown
    tenant: OrganisationShown
    home: OrganisationShown
    roles: list[str]
    rests_on: dict[UUID, list[UUID]] | UnsetType = UNSET
    until: datetime | UnsetType = UNSET
    renewed: str | UnsetType = UNSET
    second_factor_from: date | None = None


class IdsAsked(Struct, frozen=True, kw_only=True):
    ids: Annotated[list[UUID], Meta(max_length=1000)]


class Ended(Struct, frozen=True, kw_only=True):
    ended: list[UUID]


class LinkFollowed(Struct, frozen=True, kw_only=True):
    """A mailed link; with `confirm` it is used up."""

    secret: Short
    confirm: bool = False


class ToBeConfirmed(Struct, frozen=True, kw_only=True):
    """A way in, as the link to it shows it. Of SAML: where people sign in, and the certificates that sign, by their SHA-256."""

    name: str
    issuer: str
    client_id: str
    domains: list[str]
    home_organisations: list[str]
    claims: dict[str, str]
    role_names: dict[str, str]
    sign_in_address: str = ""
    fingerprints: list[str] = []


class Identity(Service, name="identity"):
    """Asked by the portal in its own name, before anybody is known."""

    @operation("GET", "/hosts/<host>", "service")
    def host(self, host: str) -> HostFound:
        """Which organisation is reached by this host name, and how its people sign in."""

    @operation("POST", "/sign-ins", "service", status=201, tells_address=True)
    def begin(self, wish: SignInWish) -> SignInBegun:
        """Begin a sign-in: where to send the browser, and the state it has to bring back."""

    @operation("POST", "/sign-ins/callback", "service", status=201, tells_address=True)
    def finish(self, answer: SignInAnswer) -> SessionOpened:
        """Finish a sign-in: verify what came back, know the person, open a session."""

    @operation("POST", "/sessions/current", "service", only_asks=True)
    def current(self, asked: AccessContextAsked) -> AccessContext:
        """Returns who holds this session, in which capacity, with the tokens for a page."""

    @operation("POST", "/tokens", "service", status=201, only_asks=True)
    def tokens(self, asked: AccessContextAsked) -> Tokens:
        """Tokens for several services at once, for the run that a page is about."""

    @operation("POST", "/sessions/end", "service")
    def end(self, held: SessionHeld) -> SessionEnded:
        """Sign out: the secret is worth nothing from now on. Returns by which way in the session was opened."""

    @operation("POST", "/sessions/ended", "service", only_asks=True)
    def ended(self, asked: IdsAsked) -> Ended:
        """Which of the ids that an access rested on have ended: for who may have missed the announcement."""

    @operation("POST", "/confirmation-links/<uuid:link_id>", "service")
    def follow_link(self, link_id: UUID, link: LinkFollowed) -> ToBeConfirmed:
        """Returns what a link would confirm; with `confirm`, confirms it."""
