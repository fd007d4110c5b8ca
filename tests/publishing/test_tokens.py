"""A client's colours: a designer's file in, a page that everybody can read out."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest

from services.publishing.contrast import contrast
from services.publishing.tokens import Look, UnreadableTokens

SUNNY = Look(brand="#ffcc00", brand_on="#ffffff", accent="#7ab800", accent_text="#7ab800", tint="#888888")


def test_our_own_look_passes_every_pair():
    assert all(verdict.passes for verdict in Look().verdicts())


def test_a_failing_pair_says_which_colour_to_change_and_to_what():
    failing = [verdict for verdict in SUNNY.verdicts() if not verdict.passes]
    assert failing and all(verdict.change and verdict.nearest for verdict in failing)


@pytest.mark.parametrize(
    "look", [SUNNY, Look(brand="#ffffff"), Look(brand="#00ffff", brand_on="#0000ff", tint="#000000")]
)
def test_whoever_takes_all_our_offers_is_done(look):
    assert all(verdict.passes for verdict in look.mended().verdicts())


def test_each_single_offer_is_a_part_of_taking_them_all():
    offers = {verdict.change: verdict.nearest for verdict in SUNNY.verdicts() if verdict.change}
    assert offers.items() <= SUNNY.mended().colours.items()


@pytest.mark.parametrize("look", [Look(), SUNNY.mended(), Look(brand="#000080").mended()])
def test_a_look_that_passes_by_day_passes_by_night(look):
    dark = look.in_the_dark()
    assert contrast(dark.brand, "#121816") >= 7 and contrast(dark.brand, "#1a2220") >= 7
    assert contrast(dark.brand_on, dark.brand) >= 4.5 and contrast("#ecf0ed", dark.tint) >= 4.5
    assert contrast(dark.accent_text, dark.tint) >= 4.5


def test_a_look_survives_the_way_to_a_designers_tool_and_back():
    look = replace(SUNNY, cover=uuid4())
    assert Look.from_tokens(look.to_tokens()) == look


def test_the_file_is_a_w3c_design_tokens_file():
    brand = Look().to_tokens()["color"]["brand"]["$value"]
    assert brand["colorSpace"] == "srgb" and brand["hex"] == "#1d4a43" and len(brand["components"]) == 3


def test_older_tools_that_write_plain_colours_are_read_too():
    tokens = {
        "color": {"brand": {"$type": "color", "$value": "#2F5D8C"}},
        "dimension": {"gap": {"$value": "4px"}},
    }
    assert Look.from_tokens(tokens) == Look(brand="#2f5d8c")


def test_a_colour_in_components_alone_is_read():
    brand = {"$value": {"colorSpace": "srgb", "components": [1, 0.5, 0]}}
    assert Look.from_tokens({"color": {"brand": brand}}).brand == "#ff8000"


@pytest.mark.parametrize(
    "value",
    [
        "red",
        "#fff; } * { display:none",
        None,
        {"colorSpace": "oklch", "components": [0, 0, 0]},
        {"components": "x"},
    ],
)
def test_what_is_not_a_colour_never_reaches_a_stylesheet(value):
    with pytest.raises(UnreadableTokens, match="brand"):
        Look.from_tokens({"color": {"brand": {"$value": value}}})


def test_the_stylesheet_sets_every_tenant_colour_by_day_and_by_night():
    css = Look().css()
    assert css.count("--brand:") == css.count("--tint:") == 3
    assert re.findall(r"--brand: (#\w+);", css)[1] != "#1d4a43"
