"""The page of units and sites: they get other names here, and two of them become one."""

from uuid import UUID

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import people as directory
from services.portal.clients.identity import places
from services.portal.forms.edits import edited
from services.portal.forms.fields import as_sent, id_in
from shared.contracts.api.identity_places import MergedInto, PlaceRenamed
from shared.languages import _, gettext


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show_places", show_places)
    one = f"{prefix}/<any(units, sites):kind>/<uuid:place_id>"
    pages.add_url_rule(f"{one}/name", "rename_place", rename_place, methods=["POST"])
    pages.add_url_rule(f"{one}/merging", "merge_place", merge_place, methods=["POST"])


def show_places(said: str = "", typed: dict[UUID, str] | None = None) -> str:
    """`typed` is what was refused, by the unit or site that it is about."""
    return render_template(
        "people/places.html",
        kinds=[
            ("units", _("Units"), directory.units().items),
            ("sites", _("Sites"), directory.sites().items),
        ],
        others=lambda found, place: [(one.id, one.name) for one in found if one.id != place.id],
        typed=typed or {},
        said=said,
    )


def rename_place(kind: str, place_id: UUID) -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    rename = places.rename_unit if kind == "units" else places.rename_site
    try:
        renamed = rename(place_id, as_sent(PlaceRenamed, edited({"name": name})))
    except ApiProblem as problem:
        return show_places(gettext(problem.detail), {place_id: name}), problem.status
    flash(_("Saved: %(name)s.") % {"name": renamed.name}, "good")
    return see_other(".show_places")


def merge_place(kind: str, place_id: UUID) -> Response | tuple[str, int]:
    merge = places.merge_units if kind == "units" else places.merge_sites
    try:
        stays = merge(place_id, MergedInto(into_id=id_in("into_id")))
    except ApiProblem as problem:
        return show_places(gettext(problem.detail)), problem.status
    flash(_("Everybody is in %(name)s now.") % {"name": stays.name}, "good")
    return see_other(".show_places")
