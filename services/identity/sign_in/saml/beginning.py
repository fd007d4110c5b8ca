"""Begins a sign-in by SAML."""

from services.identity.models import Connection, SamlProvider, SignIn
from services.identity.sign_in.saml.requests import address_to_ask
from shared.contracts.api import identity as shapes
from shared.web.acts import session


def begun_by_saml(connection: Connection, wish: shapes.SignInWish) -> shapes.SignInBegun:
    """Asks nobody: its metadata say where the provider is."""
    provider = SamlProvider.of(connection.id, session())
    provider.is_still_good()
    address = connection.return_address(wish.redirect_uri)
    begun, state = SignIn.begin(connection, address, wish.back, session())
    url = address_to_ask(
        provider.address,
        ours=connection.client_id,
        returns_to=address,
        nonce=begun.nonce,
        state=state,
        wants_name=connection.wants_name,
    )
    return shapes.SignInBegun(url=url, state=state, by_post=True)
