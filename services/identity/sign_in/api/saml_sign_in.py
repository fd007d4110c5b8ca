"""The way in by SAML: a provider's answer, and our own metadata. Only the portal calls these, in its own name."""

from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from sqlalchemy import select

from services.identity.audit.sign_ins import refusals_noted
from services.identity.models import (
    Connection,
    Host,
    Organisation,
    SamlProvider,
    SignIn,
    UsedAnswer,
)
from services.identity.sign_in.api.sign_in import let_in
from services.identity.sign_in.models.connection import KEY
from services.identity.sign_in.models.session import BrowserKind
from services.identity.sign_in.oidc import AnswerNotGenuine, SignInRefused
from services.identity.sign_in.own_hosts import only_to_ourselves
from services.identity.sign_in.saml.certificates import certificates_in
from services.identity.sign_in.saml.own_metadata import own_metadata
from services.identity.sign_in.saml.people import claims_of
from services.identity.sign_in.saml.requests import request_id
from services.identity.sign_in.saml.responses import Assertion, Expected, NotGenuine, Refused, believed
from shared.contracts.api.identity import SessionOpened
from shared.contracts.api.identity_saml import Saml, SamlAnswer
from shared.database import find, sessions_of
from shared.problems import NotFound
from shared.settings import base_domain
from shared.tenancy.sessions import current_tenant
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.operations import File
from shared.web.serving import serves

saml_sign_in = Blueprint("saml_sign_in", __name__, description="Sign-in by SAML")


@serves(saml_sign_in, Saml.finish_saml)
@limited(address=4_000)  # 1,300 people behind one address, on one morning
def finish_saml(answer: SamlAnswer) -> SessionOpened:
    Organisation.ours(session()).lets_people_in()
    session().commit()
    begun, connection, provider = what_was_begun(answer)
    assertion = believed_or_refused(answer, begun, connection, provider)
    with refusals_noted(connection):
        claims = claims_of(assertion, connection.home_organisations, connection.claims.get(KEY, ""))
    if not UsedAnswer.is_new(connection.id, assertion.id, assertion.until, session()):
        raise AnswerNotGenuine
    browser = BrowserKind(browser=answer.browser, device=answer.device)
    return let_in(begun, connection, claims, browser)


def what_was_begun(answer: SamlAnswer) -> tuple[SignIn, Connection, SamlProvider]:
    """In a transaction of its own: used up even if the rest fails."""
    with sessions_of("identity").begin() as own:
        begun = SignIn.take(answer.state, own)
        connection = find(own, Connection, begun.connection_id)
        if answer.connection_id != connection.id or connection.kind != "saml":
            raise AnswerNotGenuine
        provider = SamlProvider.of(connection.id, own)
        provider.is_still_good()
        return begun, connection, provider


def believed_or_refused(
    answer: SamlAnswer, begun: SignIn, connection: Connection, provider: SamlProvider
) -> Assertion:
    expected = Expected(
        issuer=connection.issuer,
        certificates=certificates_in(provider.certificates),
        in_response_to=request_id(begun.nonce),
        audience=connection.client_id,
        recipient=begun.redirect_uri,
    )
    try:
        return believed(answer.response, expected)
    except NotGenuine as error:
        raise AnswerNotGenuine from error
    except Refused as error:
        raise SignInRefused from error


@serves(saml_sign_in, Saml.our_metadata)
def our_metadata(connection_id: UUID, at: str) -> File:
    only_to_ourselves(at)
    connection = find(session(), Connection, connection_id)
    if connection.kind != "saml":
        raise NotFound
    addresses = [connection.return_address(host) for host in all_hosts(at)]
    content = own_metadata(connection.client_id, addresses, connection.wants_name)
    return File(type="application/samlmetadata+xml", content=content)


def all_hosts(at: str) -> list[str]:
    """Every address at which the organisation is reached, that of its short name first; as at this one, with its scheme and port."""
    parts = urlsplit(at)
    ours = select(Host).filter_by(organisation_id=current_tenant()).order_by(Host.name)
    names = sorted((hostname(host) for host in session().scalars(ours)), key=lambda name: not is_short(name))
    port = f":{parts.port}" if parts.port else ""
    return [urlunsplit((parts.scheme, name + port, "", "", "")) for name in names]


def hostname(host: Host) -> str:
    return host.name if "." in host.name else f"{host.name}.{base_domain()}"


def is_short(name: str) -> bool:
    return name.endswith(f".{base_domain()}")
