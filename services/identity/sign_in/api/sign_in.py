"""The way in: host names and sign-in. Only the portal calls these, in its own name."""

from typing import Any
from uuid import UUID

from services.identity.audit.sign_ins import note_who_came, refusals_noted
from services.identity.models import Connection, Host, Organisation, SignIn, SignInSession
from services.identity.people.accounts import Claims, signed_in
from services.identity.pseudonyms.returning import recognise
from services.identity.sign_in import oidc
from services.identity.sign_in.access_context import organisation_shown
from services.identity.sign_in.api.discovery import shown
from services.identity.sign_in.logout import session_at_provider
from services.identity.sign_in.models.session import BrowserKind
from services.identity.sign_in.own_hosts import only_to_ourselves
from services.identity.sign_in.provider import SLOTS, Provider, asking
from services.identity.sign_in.saml.beginning import begun_by_saml
from services.identity.sign_in.second_factor import was_shown
from shared.contracts.api import identity as shapes
from shared.contracts.api.identity import Identity
from shared.database import find, sessions_of
from shared.problems import NotFound
from shared.tenancy.sessions import acting_for
from shared.web.acts import count_this_act, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

sign_in = Blueprint("sign_in", __name__, description="Host names and sign-in")


@serves(sign_in, Identity.host)
def host(host: str) -> shapes.HostFound:
    organisation_id = Host.named(host, session()).organisation_id
    with acting_for(organisation_id), sessions_of("identity").begin() as theirs:
        ways_in = [shown(way) for way in Connection.open_ones(theirs)]
        return shapes.HostFound(organisation=organisation_shown(Organisation.ours(theirs)), ways_in=ways_in)


@serves(sign_in, Identity.begin)
@limited(address=4_000)  # 1,300 people behind one address, on one morning
def begin(wish: shapes.SignInWish) -> shapes.SignInBegun:
    Organisation.ours(session()).lets_people_in()
    only_to_ourselves(wish.redirect_uri)
    connection = chosen(wish.connection_id)
    if connection.kind == "saml":
        return begun_by_saml(connection, wish)
    session().commit()  # no transaction is open, and no connection to the database held, while the provider answers
    with asking(connection.issuer) as client:
        provider = Provider.at(client)
    address = connection.return_address(wish.redirect_uri)
    begun, state = SignIn.begin(connection, address, wish.back, session())
    url = oidc.address_to_sign_in(connection, begun, state, provider)
    return shapes.SignInBegun(url=url, state=state, by_post=False)


def chosen(connection_id: UUID | None) -> Connection:
    """The connection asked for, or the only one."""
    fitting = [way for way in Connection.open_ones(session()) if connection_id in (None, way.id)]
    if not fitting:
        raise NotFound
    return fitting[0]


@serves(sign_in, Identity.finish)
@limited(address=4_000, at_the_door=False)  # whom a page sends again for want of a slot does not count
def finish(answer: shapes.SignInAnswer) -> shapes.SessionOpened:
    Organisation.ours(session()).lets_people_in()
    session().commit()  # as above
    begun, connection, claims = finished(answer)
    browser = BrowserKind(browser=answer.browser, device=answer.device)
    return let_in(begun, connection, claims, browser, session_at_provider(claims))


def let_in(
    begun: SignIn, connection: Connection, claims: Claims, browser: BrowserKind, sid: str | None = None
) -> shapes.SessionOpened:
    with refusals_noted(connection):
        member = signed_in(Connection.still_open(connection, session()), claims, session())
    session().flush()
    recognise(member, session())
    note_who_came(member, connection, session())
    shown = was_shown(connection, claims)
    opened = SignInSession.open(member, connection.id, session(), sid=sid, has_second_factor=shown, **browser)
    return shapes.SessionOpened(secret=opened, back=begun.back)


def finished(answer: shapes.SignInAnswer) -> tuple[SignIn, Connection, dict[str, Any]]:
    """Returns the sign-in that was begun, and the claims of the person who comes back."""
    with SLOTS.taken():  # before the state is used up: who finds none may come back with it
        count_this_act()
        begun, connection = what_was_begun(answer.state)
        if connection.kind != "oidc":
            raise oidc.AnswerNotGenuine
        with asking(connection.issuer, has_slot=True) as client:
            provider = Provider.at(client)
            came_from_where_we_sent(answer, connection, provider)
            if answer.error or not answer.code:
                raise oidc.SignInRefused
            return begun, connection, oidc.claims_for(answer.code, connection, begun, provider, client)


def came_from_where_we_sent(answer: shapes.SignInAnswer, connection: Connection, provider: Provider) -> None:
    """Refuses what arrives at another way in's return address, or names another issuer: one provider's code would be
    shown to another (RFC 9700, 4.4)."""
    if answer.connection_id != connection.returns_to:
        raise oidc.AnswerNotGenuine
    oidc.from_whom_we_asked(answer.iss, provider)


def what_was_begun(state: str) -> tuple[SignIn, Connection]:
    """In a transaction of its own: used up even if the rest fails, and no connection held while the provider answers."""
    with sessions_of("identity").begin() as own:
        begun = SignIn.take(state, own)
        return begun, find(own, Connection, begun.connection_id)
