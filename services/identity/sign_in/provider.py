"""Asks an OpenID provider: what it says of itself, its keys, and whatever a sign-in needs (OpenID Connect Discovery 1.0).

A provider's address and those in its document are somebody else's words: all calls go through the guard of
`shared/web/outbound`, everything of one step within five seconds, and only few at once for one organisation.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from shared.contracts.api.identity_ways_in import ProviderSeen
from shared.problems import RuleBroken
from shared.settings import setting
from shared.tenancy.sessions import current_tenant
from shared.web.outbound import NOTHING_ELSE, Allowance, Deadline, Destination, request
from shared.web.outbound.destinations import origin_of
from shared.web.outbound.slots import Slots

log = logging.getLogger(__name__)
SECONDS_A_STEP = 5.0
REMEMBERED_SECONDS, KEPT_SECONDS = 300, 24 * 3600
KEYS_ANEW_AFTER, FAILURES_REMEMBERED = 10, 30
MOST_REMEMBERED = 1000
SAME_FOR_ALL = ("document", "keys")
SLOTS = Slots()
Place = tuple[UUID, str, str]  # organisation, issuer, and what of it
Thing = TypeVar("Thing")


class ProviderAway(RuleBroken):
    """The sign-in service could not be asked, or did not answer as it should. Try again in a moment; if it repeats, its address in the settings has to be checked."""

    status = 502


class Failures:
    """Remembers what failed lately, so that it is not asked again at once: who clicks on a dead provider holds no thread."""

    def __init__(self) -> None:
        self._until: dict[Place, float] = {}

    def note(self, place: Place) -> None:
        self._until = {known: until for known, until in self._until.items() if until > time.monotonic()}
        self._until[place] = time.monotonic() + FAILURES_REMEMBERED

    def are_recent(self, place: Place) -> bool:
        return self._until.get(place, 0.0) > time.monotonic()

    def forget(self, tenant: UUID, issuer: str) -> None:
        self._until = {place: until for place, until in self._until.items() if place[:2] != (tenant, issuer)}


class LastGood(Generic[Thing]):
    """Keeps what was read last: for some minutes, and for a day while it cannot be read anew."""

    def __init__(self) -> None:
        self._kept: dict[Place, tuple[float, Thing]] = {}

    def of(self, place: Place, read: Callable[[], Thing], fresh_for: float) -> Thing:
        read_at, known = self._kept.get(place, (0.0, None))
        age = time.monotonic() - read_at
        if known is not None and age < fresh_for:
            return known
        try:
            return self.keep(place, read())
        except ProviderAway:
            if known is None or age > KEPT_SECONDS:
                raise
            return known

    def keep(self, place: Place, thing: Thing) -> Thing:
        self._kept[place] = (time.monotonic(), thing)
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.pop(next(iter(self._kept)))
        return thing


FAILURES = Failures()


class ProviderClient:
    """One step of a sign-in: what it asks of a provider has five seconds and one slot for all of it."""

    def __init__(self, issuer: str, slot: ExitStack, has_slot: bool = False) -> None:
        self.issuer, self._slot, self._has_slot = issuer, slot, has_slot
        self.deadline, self.tenant = Deadline(SECONDS_A_STEP), current_tenant()

    def _take_slot(self) -> None:
        """The first question takes it, for what is remembered needs none; raises TooManyAtOnce."""
        if not self._has_slot:
            self._slot.enter_context(SLOTS.taken())
            self._has_slot = True

    def ask(
        self,
        what: str,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object that came; raises ProviderAway for every trouble, also when it is a recent one."""
        if self.is_away(what):
            raise ProviderAway
        self._take_slot()
        sent = {"Accept": "application/json"} | dict(headers or {})
        try:
            answer = request(
                method,
                url,
                headers=sent,
                body=body,
                deadline=self.deadline,
                allowance=allowance_of(self.issuer),
            )
        except (RuleBroken, OSError, ValueError) as error:
            raise self.away(what, url, error) from error
        try:
            return answer.status, object_in(answer.body)
        except (ValueError, RecursionError) as error:
            raise self.away(what, url, error, remember=what in SAME_FOR_ALL) from error

    def is_away(self, what: str) -> bool:
        return FAILURES.are_recent(self.place(what))

    def away(self, what: str, url: str, why: Exception | str, remember: bool = True) -> ProviderAway:
        """Remembers it, and tells the operator what nobody else is told: the reason would show what is in our network. An
        answer that a visitor's own code may have brought about is not remembered: he would lock out everybody."""
        if remember:
            FAILURES.note(self.place(what))
        reason = why if isinstance(why, str) else type(why).__name__
        log.warning("sign-in: %s at %s could not be used: %s", what, urlsplit(url).hostname, reason)
        return ProviderAway()

    def place(self, what: str) -> Place:
        return self.tenant, self.issuer, what


@contextmanager
def asking(issuer: str, has_slot: bool = False) -> Iterator[ProviderClient]:
    with ExitStack() as slot:
        yield ProviderClient(issuer, slot, has_slot)


def allowance_of(issuer: str) -> Allowance:
    """The installation's own provider may lie anywhere and speak plain http; nobody else's."""
    return Allowance(origin=origin_of(issuer)) if is_our_own(issuer) else NOTHING_ELSE


def is_our_own(issuer: str) -> bool:
    """Whether it is the provider that the setting POLKU_SIGN_IN names."""
    return issuer.rstrip("/") == setting("SIGN_IN", "").rstrip("/") != ""


def object_in(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


@dataclass(frozen=True)
class Provider:
    """An OpenID provider, as it describes itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    auth_methods: tuple[str, ...]
    says_who_answers: bool  # RFC 9207: every answer carries `iss`
    end_session_endpoint: str | None = None

    @classmethod
    def at(cls, client: ProviderClient) -> "Provider":
        """Returns the issuer's description, or the last one read; raises ProviderAway, also while the rest of it is away."""
        if client.is_away("token") or client.is_away("userinfo"):
            raise ProviderAway
        return DOCUMENTS.of(client.place("document"), lambda: cls.read(client), REMEMBERED_SECONDS)

    @classmethod
    def read(cls, client: ProviderClient) -> "Provider":
        url = client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        status, document = client.ask("document", "GET", url)
        try:
            if status != 200 or document.get("issuer") != client.issuer:
                raise ValueError("not this issuer's document")
            return cls._of(document, allowance_of(client.issuer))
        except (RuleBroken, ValueError) as error:
            raise client.away("document", url, error) from error

    @classmethod
    def _of(cls, document: dict[str, Any], allowance: Allowance) -> "Provider":
        """Raises ValueError or NotAnEndpoint where something that we need is not what it should be."""
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        answers = document.get("authorization_response_iss_parameter_supported", False)
        if not isinstance(answers, bool) or not is_list_of_strings(methods):
            raise ValueError("a member of a wrong type")
        has_userinfo = document.get("userinfo_endpoint") is not None
        return cls(
            issuer=document["issuer"],
            authorization_endpoint=endpoint("authorization_endpoint", document, allowance),
            token_endpoint=endpoint("token_endpoint", document, allowance),
            jwks_uri=endpoint("jwks_uri", document, allowance),
            userinfo_endpoint=endpoint("userinfo_endpoint", document, allowance) if has_userinfo else None,
            auth_methods=tuple(methods),
            says_who_answers=answers,
            end_session_endpoint=only_if_good("end_session_endpoint", document, allowance),
        )

    def keys(self, client: ProviderClient, anew: bool = False) -> KeySet:
        """Its keys; anew when a signature fits none of them, for providers change their keys without telling."""
        fresh_for = KEYS_ANEW_AFTER if anew else REMEMBERED_SECONDS
        return KEYS.of(client.place(f"keys {self.jwks_uri}"), lambda: self.read_keys(client), fresh_for)

    def read_keys(self, client: ProviderClient) -> KeySet:
        status, document = client.ask("keys", "GET", self.jwks_uri)
        listed = document.get("keys")
        keys = [key for one in listed if (key := usable_key(one))] if isinstance(listed, list) else []
        if status != 200 or not keys:
            raise client.away("keys", self.jwks_uri, "no usable key")
        return KeySet(keys)


DOCUMENTS, KEYS = LastGood[Provider](), LastGood[KeySet]()


def endpoint(name: str, document: dict[str, Any], allowance: Allowance) -> str:
    """An address in the document that we, or a browser, may be sent to; raises ValueError or NotAnEndpoint."""
    address = document.get(name)
    if not isinstance(address, str):
        raise ValueError(f"{name} is no address")
    Destination.at(address, allowance)
    return address


def only_if_good(name: str, document: dict[str, Any], allowance: Allowance) -> str | None:
    """As `endpoint`, for what nobody needs to sign in."""
    try:
        return endpoint(name, document, allowance)
    except (RuleBroken, ValueError):
        return None


def usable_key(listed: Any) -> Key | None:
    """A public key; None for what is none, or of a kind that we do not know: the others still count (RFC 7517, 5)."""
    if not isinstance(listed, dict) or listed.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    try:
        key = JWKRegistry.import_key(listed)
        key.ensure_kid()
        return key
    except (JoseError, ValueError, TypeError, KeyError, ArithmeticError):
        return None


def is_list_of_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def look_at(issuer: str) -> ProviderSeen:
    """Reads an issuer's description right now, whatever is remembered: its endpoints, and how many keys it signs with."""
    FAILURES.forget(current_tenant(), issuer)
    with asking(issuer) as client:
        provider = DOCUMENTS.keep(client.place("document"), Provider.read(client))
        keys = KEYS.keep(client.place(f"keys {provider.jwks_uri}"), provider.read_keys(client))
        return ProviderSeen(
            issuer=provider.issuer,
            authorization_endpoint=provider.authorization_endpoint,
            token_endpoint=provider.token_endpoint,
            jwks_uri=provider.jwks_uri,
            keys=len(keys.keys),
        )
