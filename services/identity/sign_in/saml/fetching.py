"""Fetches metadata from the address that an administrator has given, through the guard, in one go and for ten seconds at most."""

import logging
from urllib.parse import urlsplit

from services.identity.sign_in.provider import SLOTS, ProviderAway
from services.identity.sign_in.saml.described import Described
from services.identity.sign_in.saml.metadata import described_in
from shared.problems import RuleBroken
from shared.settings import setting
from shared.web.outbound import NOTHING_ELSE, Allowance, Deadline, request
from shared.web.outbound.destinations import origin_of

log = logging.getLogger(__name__)
SECONDS, MOST_BYTES = 10.0, 8 * 1024 * 1024  # of a federation; one provider's have some kilobytes


def described_at(url: str, entity_id: str, signed_by: str) -> Described:
    """Raises ProviderAway where they cannot be fetched, and whatever `described_in` raises. No transaction may be open."""
    return described_in(fetched(url), entity_id, signed_by)


def fetched(url: str) -> bytes:
    with SLOTS.taken():
        try:
            answer = request(
                "GET", url, deadline=Deadline(SECONDS), allowance=allowance_at(url), most=MOST_BYTES
            )
            if answer.status == 200:
                return answer.body
            why = str(answer.status)
        except (RuleBroken, OSError, ValueError) as error:
            why = type(error).__name__
    log.warning("sign-in: metadata at %s could not be fetched: %s", urlsplit(url).hostname, why)
    raise ProviderAway


def allowance_at(url: str) -> Allowance:
    """The installation's own provider, which the setting POLKU_SIGN_IN names, may lie anywhere; nobody else's."""
    ours = setting("SIGN_IN", "")
    try:
        is_ours = bool(ours) and origin_of(url) == origin_of(ours)
    except (RuleBroken, ValueError):
        return NOTHING_ELSE
    return Allowance(origin=origin_of(ours)) if is_ours else NOTHING_ELSE
