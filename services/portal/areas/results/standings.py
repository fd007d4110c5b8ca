"""The results of reading as pages show them: places with their words, bars and tables, for everybody and for staff."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from services.portal.clients.identity import people
from services.portal.clients.survey import texts_of
from services.portal.wording import interval
from shared.contracts.api.survey import TextOfView
from shared.contracts.api.voting import Grouping
from shared.contracts.api.voting_results import GroupAnswers, Place, Ranking
from shared.languages import _, alphabetical, percent

A_PAGE = 20


class Row(NamedTuple):
    """The answers of a unit or site to a view; withheld where too few of it read."""

    name: str
    withheld: bool
    agree: float | UnsetType = UNSET
    disagree: float | UnsetType = UNSET


class PlaceShown(Place, frozen=True, kw_only=True):
    """A view in its place, with its own words and every group's answers."""

    words: TextOfView
    rows: Sequence[Row]


class ThemeShown(NamedTuple):
    """A page of a theme's places; `more`: after which the next page begins."""

    views: int = 0
    places: Sequence[PlaceShown] = ()
    dividing: Sequence[TextOfView] = ()
    more: int | None = None


def theme_with_words(run_id: UUID, ranking: Ranking) -> ThemeShown:
    """The one theme that was asked for, each place with the view's own words; views without words are gone."""
    if not ranking.themes:
        return ThemeShown()
    (theme,) = ranking.themes
    wanted = {place.view_id for place in theme.places} | {*theme.dividing}
    texts = texts_of(run_id, wanted)
    groups = group_names(ranking.grouped_by) if any(place.groups for place in theme.places) else {}
    places = shown(theme.places, texts, groups)
    dividing = [texts[view] for view in theme.dividing if view in texts]
    more = places[-1].position if len(places) == A_PAGE else None
    return ThemeShown(theme.views, places, dividing, more)


def shown(places: Iterable[Place], texts: dict[UUID, TextOfView], groups: dict[str, str]) -> list[PlaceShown]:
    return [
        PlaceShown(**asdict(place), words=texts[place.view_id], rows=every_group(place.groups, groups))
        for place in places
        if place.view_id in texts
    ]


def every_group(found: Iterable[GroupAnswers], names: dict[str, str]) -> list[Row]:
    """All units or sites that there are, by name: those of which nobody read look like those withheld."""
    rows = {
        group.name: Row(name_of(group.name, names), group.withheld, group.agree, group.disagree)
        for group in found
    }
    absent = {id: Row(name_of(id, names), True) for id in names if id not in rows}
    return sorted([*rows.values(), *absent.values()], key=lambda row: alphabetical(row.name))


def name_of(group: str, names: dict[str, str]) -> str:
    """A unit's name; people without one are a group as well."""
    return names.get(group) or (_("Others") if group else _("Without a unit"))


def group_names(grouped_by: Grouping) -> dict[str, str]:
    found = people.sites() if grouped_by == "site" else people.units()
    return {str(place.id): place.name for place in found.items}


def could_as_well(place: Place) -> str:
    """Between which places the view could as well stand, when not just one."""
    if place.place_best == place.place_worst:
        return _("its place is sure")
    return _("could as well be %(best)s. to %(worst)s.") % {
        "best": place.place_best,
        "worst": place.place_worst,
    }


def share(place: Place) -> str:
    return percent(place.agree)


def about(step: float) -> str:
    """A group's share, which is told in steps."""
    return _("about %(share)s") % {"share": percent(step)}


def spread(place: Place) -> str:
    return interval(place.agree_low, place.agree_high)
