"""Can everybody tell these colours apart?"""

import itertools
import math

import pytest

from services.publishing.contrast import contrast, luminance, mixed, nearest_passing, oklab, to_hex


def test_black_on_white_is_twenty_one_and_a_colour_on_itself_is_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#b8392b", "#b8392b") == pytest.approx(1)


def test_the_grey_at_the_edge_of_wcag_is_judged_as_wcag_judges_it():
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")


def test_a_colour_that_passes_is_left_alone():
    assert nearest_passing("#1d4a43", ["#ffffff"]) == "#1d4a43"


@pytest.mark.parametrize(
    "colour", ["#ffcc00", "#7ab800", "#00a0dc", "#ff6f61", "#777777", "#ffffff", "#0000ff"]
)
@pytest.mark.parametrize("grounds", [["#ffffff"], ["#1d4a43"], ["#ffffff", "#fbfaf6", "#e6efe9"]])
def test_the_offered_colour_passes_as_it_will_be_shown(colour, grounds):
    offered = nearest_passing(colour, grounds)
    assert min(contrast(offered, ground) for ground in grounds) >= 4.5


@pytest.mark.parametrize("colour", ["#ffcc00", "#00a0dc", "#ff6f61", "#7ab800", "#e5007d"])
def test_no_passing_colour_in_the_whole_cube_is_much_nearer_than_the_offered_one(colour):
    offered = math.dist(oklab(nearest_passing(colour, ["#ffffff"])), oklab(colour))
    cube = (f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(range(0, 256, 12), repeat=3))
    passing = (c for c in cube if contrast(c, "#ffffff") >= 4.5)
    assert offered <= 1.1 * min(math.dist(oklab(c), oklab(colour)) for c in passing)


def test_the_offered_yellow_stays_as_yellow_as_it_can():
    red, green, blue = (int(nearest_passing("#ffcc00", ["#ffffff"])[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue


def test_where_no_colour_can_pass_none_is_offered():
    assert nearest_passing("#777777", ["#ffffff", "#000000"], at_least=7) is None


def test_a_colour_survives_the_way_to_oklab_and_back():
    assert [to_hex(oklab(c)) for c in ("#1d4a43", "#b8392b", "#ffffff")] == ["#1d4a43", "#b8392b", "#ffffff"]


def test_a_mixture_lies_between():
    assert luminance("#000000") < luminance(mixed("#ffffff", "#000000", 0.3)) < luminance("#ffffff")


def test_what_is_not_a_colour_is_refused():
    with pytest.raises(ValueError, match="not a colour"):
        contrast("red; } body { display: none", "#ffffff")
