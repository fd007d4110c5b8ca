"""The way in: host names, sign-in, sessions and tokens. Only the portal calls these, in its own name."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import g
from flask.views import MethodView

from services.identity import oidc
from services.identity.models import Connection, Host, Member, Organisation, SignIn, Visit
from services.identity.provider import SLOTS, Provider, asking
from services.identity.returning import recognise
from services.identity.schemas import (
    AskSchema,
    CallbackSchema,
    EndedSchema,
    HostSchema,
    IdsSchema,
    SecretSchema,
    SessionSchema,
    StandingSchema,
    StartedSchema,
    StartSchema,
    TokensSchema,
)
from services.identity.standing import AUDIENCES, Standing, ended, standing_of
from shared.acts import count_this_act
from shared.arguments import Blueprint
from shared.database import find, sessions_of
from shared.limits import limited
from shared.problems import NotFound
from shared.tenancy import acting_for, current_tenant
from shared.web import open_to

sign_in = Blueprint("sign_in", __name__, description="Host names, sign-in, sessions and tokens")


@sign_in.route("/hosts/<host>")
class Hosts(MethodView):
    @open_to("service")
    @sign_in.response(200, HostSchema)
    def get(self, host):
        """Which organisation is reached by this host name, and how its people sign in."""
        organisation_id = Host.named(host, g.session).organisation_id
        with acting_for(organisation_id), sessions_of("identity").begin() as theirs:
            return {"organisation": Organisation.ours(theirs), "ways_in": Connection.open_ones(theirs)}


@sign_in.route("/sign-ins")
class SignIns(MethodView):
    @open_to("service")
    @limited(address=4_000)  # 1,300 people behind one address, on one morning
    @sign_in.arguments(StartSchema)
    @sign_in.response(201, StartedSchema)
    def post(self, start):
        """Begin a sign-in: where to send the browser, and the state it has to bring back."""
        Organisation.ours(g.session).lets_people_in()
        only_to_ourselves(start["redirect_uri"])
        connection = chosen(start["connection_id"])
        g.session.commit()  # no transaction is open, and no connection to the database held, while the provider answers
        with asking(connection.issuer) as client:
            provider = Provider.at(client)
        address = connection.return_address(start["redirect_uri"])
        begun, state = SignIn.begin(connection, address, start["back"], g.session)
        return {"url": oidc.address_to_sign_in(connection, begun, state, provider), "state": state}


def only_to_ourselves(redirect_uri: str) -> None:
    """The code comes back to a host of this organisation and to no other."""
    host = Host.named(urlsplit(redirect_uri).netloc, g.session)
    if host.organisation_id != current_tenant():
        raise NotFound


def chosen(connection_id: UUID | None) -> Connection:
    """The connection asked for, or the only one."""
    ours = Connection.open_ones(g.session)
    fitting = [connection for connection in ours if connection_id in (None, connection.id)]
    if not fitting:
        raise NotFound
    return fitting[0]


@sign_in.route("/sign-ins/callback")
class SignInsBack(MethodView):
    @open_to("service")
    @limited(
        address=4_000, at_the_door=False
    )  # as above; those whom a page sends again while all slots are taken do not count
    @sign_in.arguments(CallbackSchema)
    @sign_in.response(201, SessionSchema)
    def post(self, answer):
        """Finish a sign-in: verify what came back, know the person, open a session."""
        Organisation.ours(g.session).lets_people_in()
        g.session.commit()  # as above
        begun, connection, claims = finished(answer)
        member = Member.signed_in(Connection.still_open(connection, g.session), claims, g.session)
        g.session.flush()
        recognise(member, g.session)
        return {"secret": Visit.open(member, connection.id, g.session), "back": begun.back}


def finished(answer: dict) -> tuple[SignIn, Connection, dict]:
    """Returns the sign-in that was begun, and the claims of the person who comes back."""
    with (
        SLOTS.taken()
    ):  # before the state is used up: who finds none, or is one too many, may come back with it
        count_this_act()
        begun, connection = what_was_begun(answer["state"])
        with asking(connection.issuer, has_slot=True) as client:
            provider = Provider.at(client)
            came_from_where_we_sent(answer, connection, provider)
            if answer["error"] or not answer["code"]:
                raise oidc.SignInRefused
            return begun, connection, oidc.claims_for(answer["code"], connection, begun, provider, client)


def came_from_where_we_sent(answer: dict, connection: Connection, provider: Provider) -> None:
    """Refuses what arrives at another way in's return address, or names another issuer: one provider's code would be
    shown to another (RFC 9700, 4.4)."""
    if answer["connection_id"] != connection.returns_to:
        raise oidc.AnswerNotGenuine
    oidc.from_whom_we_asked(answer["iss"], provider)


def what_was_begun(state: str) -> tuple[SignIn, Connection]:
    """In a transaction of its own: used up even if the rest fails, and no connection held while the provider answers."""
    with sessions_of("identity").begin() as session:
        begun = SignIn.take(state, session)
        return begun, find(session, Connection, begun.connection_id)


@sign_in.route("/sessions/current")
class CurrentSession(MethodView):
    @open_to("service")
    @sign_in.arguments(AskSchema)
    @sign_in.response(200, StandingSchema)
    def post(self, asked):
        """Who holds this session, in which capacity, with the tokens for a page."""
        standing = standing_of(asked["secret"], asked["client"], asked["as_participant"], g.session)
        rests = {"rests_on": standing.rests_on, "until": standing.until} if asked["for_stream"] else {}
        about = {
            "person": standing.person,
            "tenant": standing.tenant,
            "home": standing.home,
            "roles": sorted(standing.roles),
        }
        return rests | about | tokens_of(standing, asked)


def tokens_of(standing: Standing, asked: dict) -> dict[str, Any]:
    """The tokens asked for, and how long one may go on with them."""
    wanted = AUDIENCES if asked["audiences"] is None else asked["audiences"]
    made = standing.tokens_for(wanted, asked["run_id"], g.session)
    return {"tokens": made.tokens, "for_once": made.for_once, "version": standing.version}


@sign_in.route("/tokens")
class Tokens(MethodView):
    @open_to("service")
    @sign_in.arguments(AskSchema)
    @sign_in.response(201, TokensSchema)
    def post(self, asked):
        """Tokens for several services at once, for the run that a page is about."""
        standing = standing_of(asked["secret"], asked["client"], asked["as_participant"], g.session)
        return tokens_of(standing, asked)


@sign_in.route("/sessions/end")
class EndSession(MethodView):
    @open_to("service")
    @sign_in.arguments(SecretSchema)
    @sign_in.response(204)
    def post(self, session):
        """Sign out: the secret is worth nothing from now on."""
        Visit.end(Visit.held(session["secret"], g.session).visit_id, g.session)


@sign_in.route("/sessions/ended")
class EndedSessions(MethodView):
    @open_to("service")
    @sign_in.arguments(IdsSchema)
    @sign_in.response(200, EndedSchema)
    def post(self, asked):
        """Which of the ids that a standing rested on have ended: for who may have missed the announcement."""
        return {"ended": ended(asked["ids"], g.session)}
