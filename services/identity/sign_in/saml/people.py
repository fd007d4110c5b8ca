"""Says who the person of an assertion is, in the claims that a sign-in takes: `sub` is the key of the account.

By a federation such as Virtu a person is `virtuLocalID` at `virtuHomeOrganization`, and a provider speaks only for the home
organisations that are bound to it. Elsewhere it is a persistent NameID, or the attribute that the administrator has named. An
e-mail address is never a key: addresses are given to successors.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.identity.sign_in.saml.requests import PERSISTENT
from services.identity.sign_in.saml.responses import Assertion
from shared.problems import RuleBroken

LONGEST_KEY = 255
LOCAL_ID = ("virtuLocalID", "urn:oid:1.3.6.1.4.1.31350.1.8")
HOME_ORGANISATION = ("virtuHomeOrganization", "urn:oid:1.3.6.1.4.1.31350.1.5")
MAIL = ("mail", "urn:oid:0.9.2342.19200300.100.1.3")
ENTRA = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
ENTRA_MAIL = (f"{ENTRA}emailaddress", f"{ENTRA}name", f"{ENTRA}upn")
USUAL_ATTRIBUTES = {
    "email": (*MAIL, "email", ENTRA_MAIL[0]),
    "name": ("displayName", "urn:oid:2.16.840.1.113730.3.1.241", "cn", "urn:oid:2.5.4.3", "name"),
    "given_name": ("givenName", "urn:oid:2.5.4.42", f"{ENTRA}givenname"),
    "family_name": ("sn", "urn:oid:2.5.4.4", f"{ENTRA}surname"),
    "locale": ("preferredLanguage", "urn:oid:2.16.840.1.113730.3.1.39"),
    "roles": ("isMemberOf", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "groups", "Role"),
}


class WithoutAKey(RuleBroken):
    """Your sign-in worked, but it did not say who you are in a way that stays the same. Ask your organisation's support to send Polku a persistent NameID, or the attribute named in the settings; an e-mail address is not enough."""

    status = 403


class NotTheirOrganisation(RuleBroken):
    """Your sign-in worked, but it named a home organisation that does not belong to this way in. Ask your coordinator."""

    status = 403


class AddressIsNoKey(RuleBroken):
    """People are not known by their e-mail address, because addresses are given to successors. Name an attribute that stays with one person, such as an object id."""

    status = 422
    field = "key"


def can_be_key(attribute: str) -> None:
    """Refuses an attribute that holds an address or a name for signing in."""
    if attribute.strip().lower() in {name.lower() for name in (*USUAL_ATTRIBUTES["email"], *ENTRA_MAIL)}:
        raise AddressIsNoKey


def claims_of(assertion: Assertion, home_organisations: Sequence[str], key: str = "") -> dict[str, Any]:
    """The claims, with `sub` and, in a federation, `home_organisation`; raises WithoutAKey, NotTheirOrganisation."""
    said: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values
        for name, values in assertion.attributes.items()
        if values
    }
    claims = said | usual_claims(said)
    if home_organisations:
        return claims | in_a_federation(assertion.attributes, home_organisations)
    return claims | {"sub": own_key(assertion, key), "home_organisation": None}


def usual_claims(said: Mapping[str, Any]) -> dict[str, Any]:
    claims = {name: value for name, among in USUAL_ATTRIBUTES.items() if (value := first_of(said, among))}
    parts = [part for name in ("given_name", "family_name") if isinstance(part := claims.get(name), str)]
    return ({"name": " ".join(parts)} if len(parts) == 2 else {}) | claims


def first_of(said: Mapping[str, Any], among: Sequence[str]) -> Any:
    return next((said[name] for name in among if said.get(name)), None)


def in_a_federation(attributes: Mapping[str, list[str]], bound: Sequence[str]) -> dict[str, str]:
    home = only_value(attributes, HOME_ORGANISATION).lower()
    if home not in bound:
        raise NotTheirOrganisation
    return {"sub": fitting(f"{only_value(attributes, LOCAL_ID)}@{home}"), "home_organisation": home}


def own_key(assertion: Assertion, key: str) -> str:
    if key:
        return fitting(only_value(assertion.attributes, (key,)))
    if assertion.name_format != PERSISTENT:
        raise WithoutAKey
    return fitting(assertion.name_id)


def only_value(attributes: Mapping[str, list[str]], among: Sequence[str]) -> str:
    """The one value; raises WithoutAKey where none or several are said, or two names of it differ."""
    values = {value for name in among for value in attributes.get(name, ())}
    if len(values) != 1:
        raise WithoutAKey
    return values.pop()


def fitting(key: str) -> str:
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()) or key.startswith("@"):
        raise WithoutAKey
    return key
