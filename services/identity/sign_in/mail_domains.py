"""Mail domains as organisations claim them: their own, and none at which anybody gets an address."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from publicsuffixlist import PublicSuffixList

from services.identity.tenants.models.organisation import HOST
from shared.problems import RuleBroken

LISTED = Path(__file__).with_name("public_mail_domains.txt")


class NoMailDomain(RuleBroken):
    """This is not a domain of e-mail addresses. Write what comes after the @, for example avi.fi."""

    status = 422
    field = "domains"


class EverybodysDomain(RuleBroken):
    """Anybody can have an address of this domain, so no organisation can claim it. Name only domains of your own."""

    status = 422
    field = "domains"


def tidy(domains: Iterable[str]) -> list[str]:
    """Returns the domains as they are kept: small letters, no @, none twice."""
    return sorted({domain.strip().lower().lstrip("@").rstrip(".") for domain in domains if domain.strip()})


def can_be_claimed(domains: Iterable[str]) -> None:
    """Refuses what is no domain, a public suffix such as co.uk, or a domain of public mailboxes."""
    for domain in domains:
        if not HOST.fullmatch(domain):
            raise NoMailDomain
        if suffixes().is_public(domain) or suffixes().privatesuffix(domain) in public_mailboxes():
            raise EverybodysDomain
        if domain in public_mailboxes():  # a part of a domain whose rest is not for everybody
            raise EverybodysDomain


@cache
def suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def public_mailboxes() -> frozenset[str]:
    lines = LISTED.read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
