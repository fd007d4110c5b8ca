"""The operations by which units and sites get other names, and two of them become one."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity_imports import WHO_BRINGS_LISTS
from shared.contracts.api.identity_people import Place
from shared.web.fields import Filled, Line
from shared.web.operations import Read, Service, operation


class PlaceRenamed(Struct, frozen=True, kw_only=True):
    """Another name. `was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    name: Annotated[str, Read(Line, Filled(200))]
    was: dict[str, Any] | None = None


class MergedInto(Struct, frozen=True, kw_only=True):
    """The unit or site that stays."""

    into_id: UUID


class PlacesCare(Service, name="identity"):
    """Asked by those who bring people in."""

    @operation("PATCH", "/units/<uuid:place_id>", *WHO_BRINGS_LISTS)
    def rename_unit(self, place_id: UUID, renamed: PlaceRenamed) -> Place:
        """Give a unit another name."""

    @operation("PATCH", "/sites/<uuid:place_id>", *WHO_BRINGS_LISTS)
    def rename_site(self, place_id: UUID, renamed: PlaceRenamed) -> Place:
        """Give a site another name."""

    @operation("POST", "/units/<uuid:place_id>/merging", *WHO_BRINGS_LISTS)
    def merge_units(self, place_id: UUID, merged: MergedInto) -> Place:
        """Move everybody of a unit to another one, which is all that stays of both; counts of activities that are open stay as they are."""

    @operation("POST", "/sites/<uuid:place_id>/merging", *WHO_BRINGS_LISTS)
    def merge_sites(self, place_id: UUID, merged: MergedInto) -> Place:
        """Move everybody of a site to another one, as for units."""
