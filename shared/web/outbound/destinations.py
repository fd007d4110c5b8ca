"""Guards where we call: what everybody on the internet can reach, and never somebody's own network.

An administrator of one organisation chooses the address and our machine calls it: without these rules it could be
made to knock on its own neighbours' doors (server-side request forgery). The name is looked up for every call and the
call goes to the very address that was looked at, so that an answer that changes in between changes nothing.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from shared.problems import RuleBroken
from shared.settings import is_demonstration, setting
from shared.web.outbound.dns import places_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST, HTTP, HTTPS = 2000, 80, 443
NOT_FOR_US = [  # public by their numbers or in older Pythons, but a cloud's inside, or nobody's place to call
    ipaddress.ip_network(block)
    for block in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "fec0::/10",
        "3fff::/20",  # documentation (RFC 9637)
    )
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotAnEndpoint(RuleBroken):
    """The address of an endpoint begins with https:// and holds no password. Copy it from the receiving system."""

    status = 422
    field = "address"


class NotOnTheInternet(RuleBroken):
    """This address leads into a closed network, where we do not call. Give one that is reached from the internet."""

    status = 422
    field = "address"


class NoSuchHost(RuleBroken):
    """This host name is not known. Check the address for a slip of the pen."""

    status = 422
    field = "address"


@dataclass(frozen=True)
class Allowance:
    """The places that one kind of call may reach beside https on the internet, also by plain http."""

    origin: str | None = None  # scheme://host:port, wherever it lies
    this_machine: bool = False


NOTHING_ELSE = Allowance()


@dataclass(frozen=True)
class Destination:
    """An address taken apart once, so that nobody reads it another way later."""

    is_https: bool
    host: str
    port: int
    path: str
    allowance: Allowance = NOTHING_ELSE

    @classmethod
    def at(cls, address: str, allowance: Allowance = NOTHING_ELSE) -> "Destination":
        """Raises NotAnEndpoint for anything we would not call."""
        parts, host, port = taken_apart(address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        destination = cls(parts.scheme == "https", host, port, path, allowance)
        if parts.username or parts.password or parts.fragment or not path.isascii():
            raise NotAnEndpoint
        if not (destination.is_exempt or destination.is_https or allowance.this_machine):
            raise NotAnEndpoint
        if not destination.is_exempt and destination.port < 1024 and destination.port != HTTPS:
            raise NotAnEndpoint
        return destination

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_https else 'http'}://{self.host}:{self.port}"

    @property
    def is_exempt(self) -> bool:
        return self.origin == self.allowance.origin

    def looked_up(self, seconds: float) -> list[str]:
        """The addresses to call; raises NoSuchHost, what a slow name service brings (dns.py), or NotOnTheInternet
        when only one of them is not."""
        try:
            addresses = list(dict.fromkeys(places_of(self.host, self.port, seconds)))
        except (OSError, UnicodeError):
            raise NoSuchHost from None
        numbers = [innermost(ipaddress.ip_address(address.partition("%")[0])) for address in addresses]
        if not numbers or not all(self._may_be_called(number) for number in numbers):
            raise NotOnTheInternet
        if not (self.is_https or self.is_exempt or all(number.is_loopback for number in numbers)):
            raise NotAnEndpoint
        return addresses

    def _may_be_called(self, number: Address) -> bool:
        ours = self.is_exempt or (number.is_loopback and self.allowance.this_machine)
        return ours or is_on_the_internet(number) or any(number in network for network in allowed_networks())


def taken_apart(address: str) -> tuple[SplitResult, str, int]:
    """The address's parts, its host as the name service knows it, and its port; raises NotAnEndpoint."""
    if len(address) > LONGEST or not address.isprintable() or " " in address:
        raise NotAnEndpoint
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise NotAnEndpoint from None
    if not host or parts.scheme not in ("http", "https") or port == 0:
        raise NotAnEndpoint
    return parts, host, port or (HTTPS if parts.scheme == "https" else HTTP)


def origin_of(address: str) -> str | None:
    """scheme://host:port of an address, None where it is none."""
    try:
        parts, host, port = taken_apart(address)
    except NotAnEndpoint:
        return None
    return f"{parts.scheme}://{host}:{port}"


def is_on_the_internet(number: Address) -> bool:
    odd = number.is_multicast or number.is_reserved or any(number in block for block in NOT_FOR_US)
    return number.is_global and not odd


def allowed_networks() -> list[Network]:
    """Closed networks that the operator has opened to us, where agencies have their own providers."""
    named = (block.strip() for block in setting("OUTGOING_NETWORKS", "").split(","))
    return [ipaddress.ip_network(block, strict=False) for block in named if block]


def innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def may_call_ourselves() -> bool:
    """In the demonstration everything lives on one machine."""
    return is_demonstration()
