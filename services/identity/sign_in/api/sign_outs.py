"""Signing out with the provider. Only the portal calls these, in its own name."""

from uuid import UUID

from services.identity.models import Connection, SignInSession, UsedLogoutToken
from services.identity.sign_in import logout
from services.identity.sign_in.api.sign_in import only_to_ourselves
from services.identity.sign_in.provider import Provider, asking
from shared.contracts.api import identity_sign_outs as shapes
from shared.contracts.api.identity_sign_outs import SignOuts
from shared.database import find
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

sign_outs = Blueprint("sign_outs", __name__, description="Signing out with the provider")


@serves(sign_outs, SignOuts.at_provider)
@limited(address=4_000)  # as signing in
def at_provider(wish: shapes.SignOutWish) -> shapes.SignOutFound:
    only_to_ourselves(wish.back)
    connection = without_a_transaction(wish.connection_id)
    with asking(connection.issuer) as client:
        url = logout.address_to_sign_out(connection, wish.back, Provider.at(client))
    return shapes.SignOutFound(url=url)


@serves(sign_outs, SignOuts.log_out)
@limited(address=4_000)  # a provider tells of each person by itself, from one address
def log_out(told: shapes.LogoutTold) -> None:
    connection = without_a_transaction(told.connection_id)
    with asking(connection.issuer) as client:
        who = logout.told_by(told.logout_token, connection, Provider.at(client), client)
    UsedLogoutToken.use(connection.id, who.number, session())
    SignInSession.end_at_provider(connection, who.subject, who.sid, session())


def without_a_transaction(connection_id: UUID) -> Connection:
    """The way in; no transaction is open while its provider answers."""
    connection = find(session(), Connection, connection_id)
    session().commit()
    return connection
