"""The operations of identity about signing out with a provider: of a person who leaves us, and of one whom the provider signs out."""

from typing import Annotated
from uuid import UUID

from marshmallow.validate import Length
from msgspec import Struct

from shared.web.fields import Secret, WebAddress
from shared.web.operations import Read, Service, operation


class SignOutWish(Struct, frozen=True, kw_only=True):
    """By which way in one came, and to which page of ours one comes back from the provider."""

    connection_id: UUID
    back: Annotated[str, Read(WebAddress)]


class SignOutFound(Struct, frozen=True, kw_only=True):
    """The address at which the provider signs somebody out; none where it has none."""

    url: str | None


class LogoutTold(Struct, frozen=True, kw_only=True):
    """A provider's logout token, and at whose address it came."""

    connection_id: UUID
    logout_token: Annotated[str, Read(Secret, Length(max=8000))]


class SignOuts(Service, name="identity"):
    """Asked by the portal in its own name."""

    @operation("POST", "/sign-outs", "service", only_asks=True, tells_address=True)
    def at_provider(self, wish: SignOutWish) -> SignOutFound:
        """Returns where the browser signs out at the provider as well (OpenID Connect RP-Initiated Logout 1.0)."""

    @operation("POST", "/logouts", "service", tells_address=True)
    def log_out(self, told: LogoutTold) -> None:
        """Ends the sessions that a provider has ended (OpenID Connect Back-Channel Logout 1.0)."""
