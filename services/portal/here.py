"""Here and now: which organisation's page this is, who looks at it, and in which language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, g, request
from msgspec.structs import asdict

from shared.contracts.api.identity import OrganisationShown, PersonShown

Page = TypeVar("Page", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A client, or the consultancy itself."""

    id: UUID
    slug: str
    name: str
    kind: str  # client | consultancy
    languages: tuple[str, ...]
    theme: dict[str, Any] = field(default_factory=dict)
    consultancy_id: UUID | None = None

    @classmethod
    def of(cls, shown: OrganisationShown) -> "Organisation":
        return cls(**asdict(shown) | {"languages": tuple(shown.languages)})

    @property
    def is_consultancy(self) -> bool:
        return self.kind == "consultancy"


@dataclass(frozen=True, kw_only=True)
class Person:
    """The person who is signed in; the roles are those for this very page."""

    id: UUID
    name: str
    roles: frozenset[str]
    language: str
    given_name: str = ""
    email: str = ""
    unit_id: UUID | None = None
    site_id: UUID | None = None
    unit: str | None = None
    site: str | None = None
    reads_along: frozenset[UUID] = frozenset()  # runs in which they were forgotten and came back

    @classmethod
    def of(cls, shown: PersonShown, roles: Iterable[str]) -> "Person":
        name = shown.name.strip() or shown.email  # older names may be blank
        read = {"name": name, "roles": frozenset(roles), "reads_along": frozenset(shown.reads_along)}
        return cls(**asdict(shown) | read)

    @property
    def greeted_as(self) -> str:
        """The given name, else the whole name: nobody knows which word of it is which."""
        return self.given_name or self.name

    def is_any(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


@dataclass(kw_only=True)
class Here:
    """The context of a page: `tenant` is the client acted for (None on the console outside a client's rooms), `home`
    the person's own organisation, `person` None for somebody who has not signed in."""

    language: str
    tenant: Organisation | None = None
    home: Organisation | None = None
    person: Person | None = None

    def may(self, *roles: str) -> bool:
        """Whether the person has one of these roles here."""
        return self.person is not None and self.person.is_any(*roles)

    def reads_along(self, run_id: UUID | str | None) -> bool:
        """Whether the person may read in this run and take no part in it."""
        return bool(run_id and self.person and UUID(str(run_id)) in self.person.reads_along)


def here() -> Here:
    return g.here


def the_run() -> dict[str, Any]:
    """The id of the run in the address, for the templates of an area: `pages.context_processor(the_run)`."""
    return {"run_id": (request.view_args or {}).get("run_id")}


def public(page: Page) -> Page:
    """Mark a page that one may see without signing in; put it right above the function, below the route."""
    page.is_public = True  # type: ignore[attr-defined]
    return page


def trusts_no_cookie(page: Page) -> Page:
    """Mark a page that other programs post to: it needs no Origin, and whoever is signed in is nobody there. What it does
    must rest on what it is sent. tests/attacks/test_headers.py lists these pages."""
    page.trusts_no_cookie = True  # type: ignore[attr-defined]
    return page


def open_to(*roles: str) -> Callable[[Page], Page]:
    """Mark a page for those with one of these roles; put it below the route. The services check again by themselves."""

    def mark(page: Page) -> Page:
        page.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return page

    return mark


def keep_for(pages: Blueprint, *roles: str) -> None:
    """Keep every page of an area for those with one of these roles."""
    pages.only_for = frozenset(roles)  # type: ignore[attr-defined]
