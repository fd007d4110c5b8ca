"""The operation of identity by which an address at work leads to a way in."""

from msgspec import Struct

from shared.contracts.api.identity import Short, WayIn
from shared.web.operations import Service, operation


class AddressTyped(Struct, frozen=True, kw_only=True):
    """An address at work as somebody typed it, before anybody is known."""

    address: Short


class Discovery(Service, name="identity"):
    """Asked by the portal in its own name, before anybody is known."""

    @operation("POST", "/sign-ins/discovery", "service", only_asks=True)
    def discover(self, typed: AddressTyped) -> list[WayIn]:
        """Returns the ways in whose proven domain an address has: of people it knows nothing, and so tells nothing."""
