"""Our stylesheets as a reader sees them whose device is another: in the dark, in forced colours, with the keyboard on a piece."""

from flask import url_for

from services.portal.look.area_files import AREAS, asset, static_files

DARK, SCHEMES, FORCED = "(prefers-color-scheme: dark)", "color-scheme: light dark", "(forced-colors: active)"
LOOKS = {
    "device": {},
    "light": {DARK: "not all", SCHEMES: "color-scheme: light"},
    "dark": {DARK: "all", SCHEMES: "color-scheme: dark"},
    "forced": {DARK: "not all", SCHEMES: "color-scheme: light", FORCED: "all"},
}
# A class puts a piece into a state that is otherwise the reader's own.
STATES = {
    ":focus-visible": ":is(:focus-visible, .as-focused)",
    ":hover": ":is(:hover, .as-hovered)",
    ":target": ":is(:target, .as-target)",
}
# The fonts are not here, and no page of these changes slowly into another.
ELSEWHERE = {'url("fonts/': 'url("/static/fonts/', "navigation: auto": "navigation: none"}


def all_sheets() -> list[str]:
    """The names of the areas' stylesheets, this page's own last."""
    names = sorted(path.name for path in AREAS.glob("*/static/*.css") if path.name != "style.css")
    return [*names, "style.css"]


def worn(css: str, look: str) -> str:
    """A stylesheet in one of the LOOKS, in which every state can be put on."""
    for found, instead in (LOOKS[look] | STATES | ELSEWHERE).items():
        css = css.replace(found, instead)
    return css


def sheet(name: str, look: str) -> str:
    return worn(static_files()[name].read_text(), look)


def address_in(look: str, name: str) -> str:
    """Returns the address of a sheet; the page's template asks this instead of `asset`."""
    return url_for("employee.style.sheet", look=look, name=name) if name.endswith(".css") else asset(name)
