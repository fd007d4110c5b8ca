"""Reads a provider's answer, and believes nothing of it that is not signed, for us, now, and for this very sign-in.

What is required goes beyond the profile where that leaves a choice (saml-profiles-2.0-os, 4.1.4.3): InResponseTo, recipient,
destination, audience and ends are all there, exactly once.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography.x509 import Certificate
from msgspec import Struct

from services.identity.sign_in.saml.moments import moment
from services.identity.sign_in.saml.signatures import NotSigned, as_signed, is_signed
from services.identity.sign_in.saml.xml import (
    ASSERTION,
    PROTOCOL,
    Element,
    NotSuchXml,
    found,
    only,
    read,
    tag,
    text_of,
)

LEEWAY = timedelta(seconds=60)
LONGEST_LIFE = timedelta(hours=24)
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
MOST_ATTRIBUTES = 200


class NotGenuine(ValueError):
    """Raised for an answer that is not to be believed."""


class Refused(ValueError):
    """Raised where the provider says that it did not sign the person in. It is said in an answer to our own question, signed or not."""


class Expected(NamedTuple):
    """The only answer that we take: from whom, by whose certificates, to which question, for whom, and where."""

    issuer: str
    certificates: Sequence[Certificate]
    in_response_to: str
    audience: str
    recipient: str


class Assertion(Struct, frozen=True, kw_only=True):
    """An assertion that is believed. `until`: from then on it would not be taken any more."""

    id: str
    until: datetime
    name_id: str
    name_format: str
    attributes: dict[str, list[str]]


def believed(answer: str, expected: Expected) -> Assertion:
    """The assertion in an answer, as the form brought it; raises NotGenuine or Refused."""
    try:
        response = read(base64.b64decode("".join(answer.split()), validate=True))
        return assertion_of(response, expected)
    except (NotSuchXml, NotSigned, binascii.Error) as error:
        raise NotGenuine from error


def assertion_of(response: Element, expected: Expected) -> Assertion:
    demand(response.tag == tag(PROTOCOL, "Response"))
    holds_each_id_once(response)
    answers_our_question(response, expected)
    if text_of_status(response) != f"{STATUS}Success":
        raise Refused
    assertion = signed_assertion(response, expected)
    demand(assertion.get("Version") == "2.0" and bool(assertion.get("ID")))
    is_from(only(assertion, "./saml:Issuer"), expected.issuer)
    until = min(end_of_confirmation(assertion, expected), end_of_conditions(assertion, expected))
    has_a_session(assertion)
    return said_by(assertion, until)


def demand(is_so: bool) -> None:
    if not is_so:
        raise NotGenuine


def holds_each_id_once(response: Element) -> None:
    ids = [
        id for one in response.iter() for name, id in one.items() if name.rpartition("}")[2].lower() == "id"
    ]
    demand(len(ids) == len(set(ids)))


def answers_our_question(response: Element, expected: Expected) -> None:
    demand(response.get("Version") == "2.0" and bool(response.get("ID")))
    demand(response.get("InResponseTo") == expected.in_response_to)
    demand(response.get("Destination") == expected.recipient)
    is_recent(response.get("IssueInstant"))
    for issuer in found(response, "./saml:Issuer"):
        is_from(issuer, expected.issuer)


def text_of_status(response: Element) -> str:
    return only(response, "./samlp:Status/samlp:StatusCode").get("Value") or ""


def signed_assertion(response: Element, expected: Expected) -> Element:
    """The one assertion, as it was signed: itself, or within the whole answer. Every signature there is has to be good; there is
    none elsewhere, and no second assertion that another reader could take for the first."""
    assertion = only(response, "./saml:Assertion")
    signed = [one for one in (response, assertion) if is_signed(one)]
    demand(bool(signed) and count(response, "ds:Signature") == len(signed))
    demand(count(response, "saml:Assertion") == 1 and count(response, "samlp:Response") == 0)
    good = [as_signed(one, expected.certificates) for one in signed]
    return good[-1] if good[-1].tag == tag(ASSERTION, "Assertion") else only(good[-1], "./saml:Assertion")


def count(element: Element, name: str) -> int:
    return len(found(element, f".//{name}"))


def is_from(issuer: Element, who: str) -> None:
    demand(text_of(issuer) == who and issuer.get("Format") in (None, ENTITY))


def end_of_confirmation(assertion: Element, expected: Expected) -> datetime:
    """Until when the person may be confirmed by who bears it: sent to us, for our question, and not yet over."""
    all_of_them = found(assertion, "./saml:Subject/saml:SubjectConfirmation")
    bearers = [one for one in all_of_them if one.get("Method") == BEARER]
    demand(len(bearers) == 1)
    how = only(bearers[0], "./saml:SubjectConfirmationData")
    demand(how.get("InResponseTo") == expected.in_response_to)
    demand(how.get("Recipient") == expected.recipient)
    demand(how.get("NotBefore") is None)
    return not_yet_over(how.get("NotOnOrAfter"))


def end_of_conditions(assertion: Element, expected: Expected) -> datetime:
    conditions = only(assertion, "./saml:Conditions")
    for restriction in at_least_one(found(conditions, "./saml:AudienceRestriction")):
        demand(expected.audience in [text_of(one) for one in found(restriction, "./saml:Audience")])
    if conditions.get("NotBefore") is not None:
        begins = moment(conditions.get("NotBefore"))
        demand(begins is not None and begins <= datetime.now(UTC) + LEEWAY)
    return not_yet_over(conditions.get("NotOnOrAfter"))


def at_least_one(those: list[Element]) -> list[Element]:
    demand(bool(those))
    return those


def has_a_session(assertion: Element) -> None:
    """Whether the person was signed in, lately enough for the provider, and its own session is not over."""
    statement = only(assertion, "./saml:AuthnStatement")
    at = moment(statement.get("AuthnInstant"))
    demand(at is not None and at <= datetime.now(UTC) + LEEWAY)
    if statement.get("SessionNotOnOrAfter") is not None:
        not_yet_over(statement.get("SessionNotOnOrAfter"), longest=None)


def not_yet_over(text: str | None, longest: timedelta | None = LONGEST_LIFE) -> datetime:
    end, now = moment(text), datetime.now(UTC)
    if end is None or end + LEEWAY <= now or (longest and end > now + longest):
        raise NotGenuine
    return end + LEEWAY


def is_recent(text: str | None) -> None:
    at, now = moment(text), datetime.now(UTC)
    demand(at is not None and now - LONGEST_LIFE <= at <= now + LEEWAY)


def said_by(assertion: Element, until: datetime) -> Assertion:
    names = found(assertion, "./saml:Subject/saml:NameID")
    demand(len(names) <= 1)
    return Assertion(
        id=assertion.get("ID"),
        until=until,
        name_id=text_of(names[0]) if names else "",
        name_format=(names[0].get("Format") or "") if names else "",
        attributes=attributes_of(assertion),
    )


def attributes_of(assertion: Element) -> dict[str, list[str]]:
    """The texts of each attribute, of all that have its name; values that are elements say nothing."""
    said = found(assertion, "./saml:AttributeStatement/saml:Attribute")
    demand(len(said) <= MOST_ATTRIBUTES)
    attributes: dict[str, list[str]] = {}
    for one in said:
        name = one.get("Name") or ""
        demand(bool(name))
        values = [value.text or "" for value in found(one, "./saml:AttributeValue") if not len(value)]
        attributes.setdefault(name, []).extend(value.strip() for value in values if value.strip())
    return attributes
