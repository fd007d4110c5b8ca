"""Proof that a domain or host name is an organisation's own: a TXT record that only who runs its DNS can set."""

import hmac
from collections.abc import Iterator
from urllib.parse import urlsplit

import dns.exception
import dns.nameserver
import dns.resolver

from shared.problems import RuleBroken
from shared.settings import setting
from shared.web.outbound import Deadline

LABEL, WORD = "_polku", "polku-verification="
SECONDS = 4.0


class DnsAway(RuleBroken):
    """The domain name system does not answer at the moment. Try again in some minutes."""

    status = 503


def wanted_record(name: str, token: str) -> tuple[str, str]:
    """Returns the name of the TXT record that proves `name`, and the text that it must hold."""
    return f"{LABEL}.{name}", WORD + token


def proves(name: str, token: str, deadline: Deadline | None = None) -> bool:
    """Looks the record up and returns whether one of its texts is the wanted one. A name without the record proves
    nothing; raises DnsAway where no answer comes within some seconds. Hold no transaction open meanwhile."""
    record, wanted = wanted_record(name, token)
    try:
        seconds = min(SECONDS, deadline.left) if deadline else SECONDS
    except TimeoutError as over:
        raise DnsAway from over
    return any(hmac.compare_digest(text, wanted.encode()) for text in texts_of(record, seconds))


def texts_of(record: str, seconds: float) -> Iterator[bytes]:
    """Yields the texts of a TXT record, the parts of each put together (RFC 7208, 3.3)."""
    try:
        answer = resolver().resolve(record, "TXT", lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return
    except dns.exception.DNSException as error:
        raise DnsAway from error
    for text in answer:
        yield b"".join(text.strings)


def resolver() -> dns.resolver.Resolver:
    """The system's resolver, or the servers that POLKU_DNS names: address or address:port, several with commas."""
    named = setting("DNS", "").split(",")
    if not any(named):
        return dns.resolver.Resolver()
    ours = dns.resolver.Resolver(configure=False)
    ours.nameservers = [server_at(address.strip()) for address in named]
    return ours


def server_at(address: str) -> dns.nameserver.Do53Nameserver:
    parts = urlsplit(f"//{address}")  # [::1]:53 as well
    return dns.nameserver.Do53Nameserver(parts.hostname or "", parts.port or 53)
