"""Users and groups as Polku publishes them by SCIM 2.0: with the attributes that it uses, and no others.

Whatever else a directory sends (telephone numbers, titles, passwords, roles) is dropped where it arrives, so it is nowhere kept and means nothing.
"""

from typing import Annotated, Any
from typing import ClassVar as Class

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    InvalidValueException,
    Mutability,
    Pagination,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from shared.web.cleaning import cleaned, in_one_line

USUAL_PAGE, LONGEST_PAGE = 100, 200
A_CURSOR_IS_GOOD_FOR = 3600  # seconds
LONGEST_TEXT, MOST_VALUES = 200, 20
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Name(ComplexAttribute):
    """The parts of a person's name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """A mail address: the primary one is used, else the one at work, else the first."""

    value: str | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class Address(ComplexAttribute):
    """A place: the locality of the one at work is the person's site."""

    locality: str | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class GroupOfUser(ComplexAttribute):
    """A group that the person is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[AnyExtension]):
    """A person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    Name: Class[type[ComplexAttribute]] = Name
    display_name: str | None = None
    preferred_language: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    Emails: Class[type[ComplexAttribute]] = Email
    addresses: list[Address] | None = None
    Addresses: Class[type[ComplexAttribute]] = Address
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None
    Groups: Class[type[ComplexAttribute]] = GroupOfUser


class EnterpriseUser(Extension):
    """The part of the organisation that the person works in."""

    __schema__ = URN(ENTERPRISE)

    department: str | None = None


class GroupMember(ComplexAttribute):
    """A person in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A group."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[GroupMember] | None = None
    Members: Class[type[ComplexAttribute]] = GroupMember


CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=LONGEST_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=True,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=USUAL_PAGE,
        max_page_size=LONGEST_PAGE,
        cursor_timeout=A_CURSOR_IS_GOOD_FOR,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token that the organisation's administrator makes in Polku's settings",
            primary=True,
        )
    ],
)
# As Microsoft Entra writes: https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
PERSON = User[EnterpriseUser]
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(PERSON), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=POLICY,
)


def tidy(value: Any) -> Any:
    """Returns a resource's attributes as they are kept: each text in one line. Raises InvalidValueException beyond what names, addresses and
    places need."""
    if isinstance(value, dict):
        return {name: tidy(item) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            raise InvalidValueException(detail=f"An attribute has at most {MOST_VALUES} values here.")
        return [tidy(item) for item in value]
    if not isinstance(value, str):
        return value
    line = in_one_line(cleaned(value))
    if len(line) > LONGEST_TEXT:
        raise InvalidValueException(detail=f"A text has at most {LONGEST_TEXT} characters here.")
    return line


def address_in(said: dict[str, Any]) -> str:
    """Returns the mail address that counts; empty where there is none."""
    return _the_one(said.get("emails"), "value")


def site_in(said: dict[str, Any]) -> str:
    return _the_one(said.get("addresses"), "locality")


def unit_in(said: dict[str, Any]) -> str:
    return str(said.get(ENTERPRISE, {}).get("department") or "")


def name_in(said: dict[str, Any]) -> str:
    """Returns how the person is called: as shown, as written, from its parts, else as signed in with."""
    parts = said.get("name") or {}
    whole = " ".join(part for part in (parts.get("givenName"), parts.get("familyName")) if part)
    return str(said.get("displayName") or parts.get("formatted") or whole or said.get("userName", ""))


def _the_one(values: list[dict[str, Any]] | None, attribute: str) -> str:
    known = [value for value in values or [] if value.get(attribute)]
    ranked = sorted(known, key=lambda value: (not value.get("primary"), value.get("type") != "work"))
    return str(ranked[0][attribute]) if ranked else ""
