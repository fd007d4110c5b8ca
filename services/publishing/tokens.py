"""A client's look as a W3C Design Tokens file, and what the web and the printed page make of it.

Format: https://www.designtokens.org/tr/2025.10/format/ and /color/. A tenant may change colours and pictures; spacing, the type
scale and states are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from services.publishing.contrast import FOR_MARKS, FOR_TEXT, contrast, luminance, mixed, nearest_passing
from services.publishing.wording import N_

OURS = {"surface": "#ffffff", "paper": "#fbfaf6", "ink": "#1b2422", "ink-soft": "#54605c"}
OURS_IN_THE_DARK = {"surface": "#1a2220", "paper": "#121816", "ink": "#ecf0ed"}
EXTENSION = "polku"
FOR_NIGHT = 7.0  # more than WCAG's AA: a colour that just passes by day looks dull on a dark ground


class UnreadableTokens(ValueError):
    """This is not a design tokens file that we can read."""


@dataclass(frozen=True)
class Pair:
    """Two colours that meet on a page: the first is read or seen on the second."""

    front: str
    ground: str
    at_least: float
    where: str


PAIRS = (
    Pair("brand-on", "brand", FOR_TEXT, N_("text on buttons, the header and the cover")),
    Pair("brand", "surface", FOR_TEXT, N_("links and quiet buttons on cards")),
    Pair("brand", "paper", FOR_TEXT, N_("headings on the page")),
    Pair("brand", "tint", FOR_TEXT, N_("labels on quiet surfaces")),
    Pair("accent", "paper", FOR_MARKS, N_("marks on the page")),
    Pair("accent-text", "surface", FOR_TEXT, N_("small accents on cards")),
    Pair("accent-text", "tint", FOR_TEXT, N_("small accents on quiet surfaces")),
    Pair("ink", "tint", FOR_TEXT, N_("running text on quiet surfaces")),
    Pair("ink-soft", "tint", FOR_TEXT, N_("small print on quiet surfaces")),
)


@dataclass(frozen=True)
class Verdict:
    """The contrast check's verdict on one pair of colours, and what to take instead."""

    pair: Pair
    ratio: float
    change: str | None = None  # the colour to change, and
    nearest: str | None = None  # to what

    @property
    def passes(self) -> bool:
        return self.ratio >= self.pair.at_least


@dataclass(frozen=True)
class Look:
    """The colours and pictures of one client."""

    brand: str = "#1d4a43"
    brand_on: str = "#ffffff"
    accent: str = "#b8392b"
    accent_text: str = "#9c2c20"
    tint: str = "#e6efe9"
    logo: UUID | None = None
    cover: UUID | None = None

    def verdicts(self) -> list[Verdict]:
        return [self.verdict(pair) for pair in PAIRS]

    def verdict(self, pair: Pair) -> Verdict:
        ratio = contrast(self.colours[pair.front], self.colours[pair.ground])
        if ratio >= pair.at_least:
            return Verdict(pair=pair, ratio=ratio)
        mended = self.mended().colours
        change = next(name for name in (pair.ground, pair.front) if mended[name] != self.colours[name])
        return Verdict(pair=pair, ratio=ratio, change=change, nearest=mended[change])

    def mended(self) -> "Look":
        """The nearest look that passes every pair, so that whoever takes all our offers is done.

        Grounds come first: each colour is moved against those that are settled already.
        """
        tint = nearest(self.tint, OURS["ink"], OURS["ink-soft"])
        brand = nearest(self.brand, OURS["surface"], OURS["paper"], tint)
        return replace(
            self,
            tint=tint,
            brand=brand,
            brand_on=nearest(self.brand_on, brand),
            accent=nearest(self.accent, OURS["paper"], at_least=FOR_MARKS),
            accent_text=nearest(self.accent_text, OURS["surface"], tint),
        )

    @property
    def colours(self) -> Mapping[str, str]:
        return OURS | {name: getattr(self, name.replace("-", "_")) for name in COLOURS}

    def to_tokens(self) -> dict:
        """The W3C file, as a designer's tools take it."""
        colours = {name: {"$value": colour_value(self.colours[name])} for name in COLOURS}
        pictures = {slot: str(getattr(self, slot)) for slot in PICTURES if getattr(self, slot)}
        return {"color": {"$type": "color"} | colours, "$extensions": {EXTENSION: pictures}}

    @classmethod
    def from_tokens(cls, tokens: Mapping) -> "Look":
        """Reads what we know and leaves the rest of a designer's file alone; UnreadableTokens says what does not fit."""
        group = group_in(tokens, "color")
        colours: dict[str, Any] = {
            name.replace("-", "_"): hex_of(name, group[name]) for name in COLOURS if name in group
        }
        pictures = group_in(group_in(tokens, "$extensions"), EXTENSION)
        slots: dict[str, Any] = {slot: UUID(str(pictures[slot])) for slot in PICTURES if pictures.get(slot)}
        return cls(**colours, **slots)

    def in_the_dark(self) -> "Look":
        """Returns the look in dark mode: our dark grounds, and the client's colours brought up to them."""
        tint = mixed(self.brand, OURS_IN_THE_DARK["surface"], 0.18)
        grounds = [OURS_IN_THE_DARK["surface"], OURS_IN_THE_DARK["paper"], tint]
        brand = nearest(self.brand, *grounds, at_least=FOR_NIGHT)
        accent = nearest(self.accent_text, *grounds, at_least=FOR_NIGHT)
        on = "#0d1b18" if luminance(brand) > 0.18 else "#ffffff"
        return replace(self, brand=brand, brand_on=on, accent=accent, accent_text=accent, tint=tint)

    def css(self) -> str:
        """Custom properties for the portal, light and dark."""
        dark = self.in_the_dark().properties()
        return (
            f":root {{ {self.properties()} }}\n"
            f'@media (prefers-color-scheme: dark) {{ :root[data-scheme="auto"] {{ {dark} }} }}\n'
            f':root[data-scheme="dark"] {{ {dark} }}\n'
        )

    def properties(self) -> str:
        return " ".join(f"--{name}: {self.colours[name]};" for name in COLOURS)


def group_in(tokens: Mapping, name: str) -> Mapping:
    """A group of the file, empty where it has none."""
    group = tokens.get(name) or {}
    if not isinstance(group, Mapping):
        raise UnreadableTokens(f"“{name}” is not a group.")
    return group


def nearest(colour: str, *grounds: str, at_least: float = FOR_TEXT) -> str:
    found = nearest_passing(colour, grounds, at_least)
    if found is None:
        raise LookupError(
            f"no colour stands out from all of {grounds}"
        )  # grounds both light and dark: ours never are
    return found


PICTURES = ("logo", "cover")
COLOURS = tuple(field.name.replace("_", "-") for field in fields(Look) if field.name not in PICTURES)


def colour_value(colour: str) -> dict:
    components = [round(int(colour[at : at + 2], 16) / 255, 5) for at in (1, 3, 5)]
    return {"colorSpace": "srgb", "components": components, "alpha": 1, "hex": colour}


def hex_of(name: str, token: object) -> str:
    """Takes the 2025.10 object form and the plain "#rrggbb" of older tools."""
    value = token.get("$value") if isinstance(token, Mapping) else token
    if isinstance(value, Mapping):
        value = value.get("hex") or from_components(name, value)
    try:
        luminance(str(value))
    except ValueError as wrong:
        raise UnreadableTokens(f"“{name}” is not a colour like #1d4a43.") from wrong
    return str(value).lower()


def from_components(name: str, value: Mapping) -> str:
    try:
        channels = [round(255 * min(1, max(0, float(c)))) for c in value["components"]]
    except (KeyError, TypeError, ValueError) as wrong:
        raise UnreadableTokens(f"“{name}” has no colour components.") from wrong
    if value.get("colorSpace") != "srgb" or len(channels) != 3:
        raise UnreadableTokens(f"“{name}” is not in the colour space srgb.")
    return "#" + "".join(f"{channel:02x}" for channel in channels)
