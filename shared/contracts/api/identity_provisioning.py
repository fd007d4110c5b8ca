"""The operations of identity for provisioning by SCIM: what a directory asks, and the tokens that it asks with."""

from datetime import date
from typing import Annotated
from uuid import UUID

from marshmallow.validate import Length
from msgspec import Meta, Struct

from shared.web.fields import Secret
from shared.web.file_limits import LARGEST_SCIM
from shared.web.operations import Read, Service, operation

Short = Annotated[str, Meta(max_length=200)]
Untouched = Annotated[str, Read(Secret, Length(max=8_000))]
"""As it came: what a directory compares is not cleaned on the way."""
Body = Annotated[str, Read(Secret, Length(max=LARGEST_SCIM))]


class TokenShown(Struct, frozen=True, kw_only=True):
    """A token that is good; its secret was shown when it was made."""

    id: UUID
    made_by: UUID
    made_on: date
    ends_on: date
    used_on: date | None


class ProvisioningShown(Struct, frozen=True, kw_only=True):
    """How the directory behind a way in announces people; `may_change`: whether I may make and withdraw tokens."""

    may_change: bool
    tokens: list[TokenShown]
    people: int
    groups: int


class TokenWished(Struct, frozen=True, kw_only=True):
    ends_on: date
    """Its last day, at most a year ahead."""


class TokenMade(Struct, frozen=True, kw_only=True):
    """A fresh token with its secret, which nobody sees again."""

    secret: str
    ends_on: date


class ScimAsked(Struct, frozen=True, kw_only=True):
    """A request of SCIM 2.0 as it came to the organisation's host. `base`: the address of /scim/v2 there."""

    token: Untouched
    method: Short
    base: Untouched
    path: Untouched
    query: Untouched = ""
    body: Body = ""
    content_type: Untouched = ""
    if_match: Untouched = ""
    if_none_match: Untouched = ""


class ScimAnswered(Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]
    body: str


class Provisioning(Service, name="identity"):
    """A client's directory says who belongs to it."""

    @operation("GET", "/connections/<uuid:connection_id>/provisioning", "admin", "lead")
    def provisioning(self, connection_id: UUID) -> ProvisioningShown:
        """The tokens of a way in, and how many people and groups came with them."""

    @operation("POST", "/connections/<uuid:connection_id>/provisioning-tokens", "admin", "lead", status=201)
    def make_token(self, connection_id: UUID, wish: TokenWished) -> TokenMade:
        """Makes a token, beside at most one other; for the organisation's own administrators alone."""

    @operation("DELETE", "/provisioning-tokens/<uuid:token_id>", "admin", "lead")
    def withdraw_token(self, token_id: UUID) -> None:
        """Ends a token at once."""

    @operation("POST", "/scim", "service", tells_address=True)
    def scim(self, asked: ScimAsked) -> ScimAnswered:
        """Answers a request of SCIM 2.0 by the token that it brings."""
