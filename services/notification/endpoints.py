"""Where we may call: an endpoint that everybody on the internet can reach, and never into somebody's own network.

An administrator of one organisation chooses the address and our machine calls it: without these rules it could be
made to knock on its own neighbours' doors (server-side request forgery). The name is looked up for every call and the
call goes to the very address that was looked at, so that an answer that changes in between changes nothing.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.notification.lookups import places_of
from shared.problems import RuleBroken
from shared.settings import setting

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST, HTTPS = 2000, 443
NOT_FOR_US = [  # public by their numbers or in older Pythons, but a cloud's inside, or nobody's place to call
    ipaddress.ip_network(block)
    for block in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10")
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotAnEndpoint(RuleBroken):
    """The address of an endpoint begins with https:// and holds no password. Copy it from the receiving system."""

    status = 422


class NotOnTheInternet(RuleBroken):
    """This address leads into a closed network, where we do not call. Give one that is reached from the internet."""

    status = 422


class NoSuchHost(RuleBroken):
    """This host name is not known. Check the address for a slip of the pen."""

    status = 422


@dataclass(frozen=True)
class Endpoint:
    """An address taken apart once, so that nobody reads it another way later."""

    is_https: bool
    host: str
    port: int
    path: str

    @classmethod
    def at(cls, address: str) -> "Endpoint":
        """Raises NotAnEndpoint for anything we would not call."""
        if len(address) > LONGEST or not address.isprintable() or " " in address:
            raise NotAnEndpoint
        try:
            parts = urlsplit(address)
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError:
            raise NotAnEndpoint from None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        endpoint = cls(
            parts.scheme == "https", host, port or (HTTPS if parts.scheme == "https" else 80), path
        )
        if not host or parts.username or parts.password or parts.fragment or not path.isascii():
            raise NotAnEndpoint
        if parts.scheme != "https" and not (parts.scheme == "http" and may_call_ourselves()):
            raise NotAnEndpoint
        if endpoint.port < 1024 and endpoint.port != HTTPS:
            raise NotAnEndpoint
        return endpoint

    def looked_up(self) -> list[str]:
        """The addresses to call; raises NoSuchHost, what a slow name service brings (lookups.py), or NotOnTheInternet
        when only one of them is."""
        try:
            addresses = list(dict.fromkeys(places_of(self.host, self.port)))
        except OSError:
            raise NoSuchHost from None
        numbers = [innermost(ipaddress.ip_address(address.partition("%")[0])) for address in addresses]
        if not numbers or not all(may_be_called(number) for number in numbers):
            raise NotOnTheInternet
        if not self.is_https and not all(number.is_loopback for number in numbers):
            raise NotAnEndpoint
        return addresses


def may_be_called(number: Address) -> bool:
    if number.is_loopback:
        return may_call_ourselves()
    odd = number.is_multicast or number.is_reserved or any(number in block for block in NOT_FOR_US)
    return number.is_global and not odd


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
    return setting("DEMONSTRATION", "no") in ("yes", "empty")
