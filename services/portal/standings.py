"""The results of reading as pages show them: places with their words, bars and tables, for everybody and for staff."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.portal.clients.identity import identity
from services.portal.clients.survey import survey
from services.portal.wording import interval
from shared.languages import _, alphabetical, percent

A_PAGE = 20


def themes_with_words(run_id: UUID, ranking: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """The ranking's themes by name, each place with the view's own words; views without words are gone."""
    places = [place for theme in ranking["themes"] for place in theme["places"]]
    wanted = {place["view_id"] for place in places} | {
        v for theme in ranking["themes"] for v in theme["dividing"]
    }
    texts = survey.texts(run_id, wanted) if wanted else {}
    groups = group_names(ranking["grouped_by"]) if any(place["groups"] for place in places) else {}
    return [
        theme
        | {"name": names.get(theme["theme_id"], ""), "places": shown(theme["places"], texts, groups)}
        | {"dividing": [texts[view] for view in theme["dividing"] if view in texts]}
        for theme in ranking["themes"]
    ]


def shown(
    places: Iterable[dict[str, Any]], texts: dict[str, Any], groups: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        place | {"words": texts[place["view_id"]], "groups": every_group(place["groups"], groups)}
        for place in places
        if place["view_id"] in texts
    ]


def every_group(found: list[dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    """All units or sites that there are, by name: those of which nobody read look like those withheld."""
    rows = {group["name"]: group for group in found}
    absent = {"withheld": True}
    named = [rows.get(id, absent) | {"name": name_of(id, names)} for id in {**names, **rows}]
    return sorted(named, key=lambda row: alphabetical(row["name"]))


def name_of(group: str, names: dict[str, str]) -> str:
    """A unit's name; people without one are a group as well."""
    return names.get(group) or (_("Others") if group else _("Without a unit"))


def group_names(grouped_by: str) -> dict[str, str]:
    found = identity.get("/sites" if grouped_by == "site" else "/units")
    return {place["id"]: place["name"] for place in found["items"]}


def could_as_well(place: dict[str, Any]) -> str:
    """Between which places the view could as well stand, when not just one."""
    best, worst = place["place_best"], place["place_worst"]
    if best == worst:
        return _("its place is sure")
    return _("could as well be %(best)s. to %(worst)s.") % {"best": best, "worst": worst}


def share(place: dict[str, Any]) -> str:
    return percent(place["agree"])


def about(step: float) -> str:
    """A group's share, which is told in steps."""
    return _("about %(share)s") % {"share": percent(step)}


def spread(place: dict[str, Any]) -> str:
    return interval(place["agree_low"], place["agree_high"])
