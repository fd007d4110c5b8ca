"""Whether two colours can be told apart by everybody, and the nearest colour that can.

Contrast: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
Nearness: Euclidean distance in OKLab, https://bottosson.github.io/posts/oklab/
"""

import math
import re
from collections.abc import Callable, Iterable

FOR_TEXT, FOR_MARKS = 4.5, 3.0

Triple = tuple[float, float, float]


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def nearest_passing(colour: str, against: Iterable[str], at_least: float = FOR_TEXT) -> str | None:
    """The colour closest to this one that stands out from all of `against`; None where there is none."""
    grounds = list(against)

    def passes(candidate: str) -> bool:
        return all(contrast(candidate, ground) >= at_least for ground in grounds)

    if passes(colour):
        return colour
    found = [c for c in candidates(oklab(colour), passes) if c is not None]
    return min(found, key=lambda c: math.dist(oklab(c), oklab(colour)), default=None)


def candidates(start: Triple, passes: Callable[[str], bool]) -> Iterable[str | None]:
    """The first passing colour towards black and towards white, at full and at less and less colourfulness."""
    lightness, a, b = start
    for fade in range(21):
        kept = 1 - fade / 20
        for end in (0.0, 1.0):
            yield first_passing(
                lightness, end, lambda at, kept=kept: to_hex((at, a * kept, b * kept)), passes
            )


def first_passing(start: float, end: float, colour_at: Callable, passes: Callable[[str], bool]) -> str | None:
    """Bisection over lightness: contrast only grows on the way to black or to white."""
    if not passes(colour_at(end)):
        return None
    fails, does = start, end
    for _ in range(18):
        middle = (fails + does) / 2
        fails, does = (fails, middle) if passes(colour_at(middle)) else (middle, does)
    return colour_at(does)


def mixed(one: str, other: str, share: float) -> str:
    """`share` of one in the other, mixed the way eyes mix."""
    pairs = zip(oklab(one), oklab(other), strict=True)
    lightness, a, b = (share * mine + (1 - share) * theirs for mine, theirs in pairs)
    return to_hex((lightness, a, b))


def oklab(colour: str) -> Triple:
    r, g, b = linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def to_hex(lab: Triple) -> str:
    """The sRGB colour at these coordinates; what a screen cannot show is cut to what it can."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return "#" + "".join(
        f"{eight_bits(channel):02x}"
        for channel in (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
    )


def eight_bits(channel: float) -> int:
    within = min(1.0, max(0.0, channel))
    shown = 12.92 * within if within <= 0.0031308 else 1.055 * within ** (1 / 2.4) - 0.055
    return round(shown * 255)


def linear(colour: str) -> Triple:
    """The light of each channel, by the sRGB transfer function."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"not a colour: {colour!r}")
    shown = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shown)
    return red, green, blue
