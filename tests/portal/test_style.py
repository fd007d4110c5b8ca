"""The page of the design system: there in a demonstration alone, with every piece on it."""

import re

import pytest
from jinja2 import nodes
from lxml import html

from services.portal.areas.style.sheets import LOOKS
from services.portal.look.area_files import PORTAL

OURS = PORTAL / "areas/style/templates"
PARTS = PORTAL / "templates/parts"


@pytest.fixture
def anybody(browse, avis, monkeypatch):
    monkeypatch.setenv("POLKU_DEMONSTRATION", "yes")
    return browse(avis)


@pytest.mark.parametrize("look", ["", *(f"/{look}" for look in LOOKS), "/frames"])
def test_anybody_sees_it_in_a_demonstration(anybody, look):
    assert anybody.get(f"/style{look}").status_code == 200


@pytest.mark.parametrize("page", ["/style", "/style/dark", "/style/frames", "/style/dark/look.css"])
def test_it_is_nowhere_else(browse, avis, monkeypatch, page):
    monkeypatch.setenv("POLKU_DEMONSTRATION", "no")
    assert browse(avis).get(page).status_code == 404


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_it_speaks_three_languages_and_no_piece_stands_twice(anybody, browse, build, language):
    answer = browse(build(languages=("fi", "sv", "en"))).get(f"/style?lang={language}")
    page = html.fromstring(answer.text)
    assert (answer.status_code, page.get("lang")) == (200, language)
    ids = page.xpath("//main//@id")
    assert not {id for id in ids if ids.count(id) > 1}


def macros_of(template: str) -> set[str]:
    """The macros that a template offers, without those for itself."""
    names = re.findall(r"{%-? macro (\w+)", (PARTS / template).read_text())
    return {name for name in names if not name.startswith("_")}


def called_here(portal, template: str) -> set[str]:
    """The macros of a template that the page's own templates call."""
    return {
        name
        for path in OURS.glob("*.html")
        for name in calls_in(portal.jinja_env.parse(path.read_text()), template)
    }


def calls_in(page: nodes.Template, template: str) -> set[str]:
    names = {each.target for each in page.find_all(nodes.Import) if constant(each.template) == template}
    called = [call.node for call in page.find_all(nodes.Call) if isinstance(call.node, nodes.Getattr)]
    return {it.attr for it in called if isinstance(it.node, nodes.Name) and it.node.name in names}


def constant(expression: nodes.Expr) -> object:
    return expression.as_const() if isinstance(expression, nodes.Const) else None


@pytest.mark.parametrize("template", sorted(path.name for path in PARTS.glob("*.html")))
def test_every_piece_of_templates_parts_is_on_it(world, template):
    assert not macros_of(template) - called_here(world.app("portal"), f"parts/{template}")


def test_what_is_sent_from_it_goes_nowhere(anybody):
    answer = anybody.post("/style", data={"act": "remove", "card": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/style")


def test_sheets_are_shown_as_on_other_devices(anybody):
    dark, light, forced = (
        anybody.get(f"/style/{look}/look.css").text for look in ("dark", "light", "forced")
    )
    assert "@media all" in dark and "color-scheme: dark;" in dark
    assert "@media not all" in light and "color-scheme: light;" in light
    assert "(forced-colors: active)" in light and "(forced-colors: active)" not in forced
    assert ".as-focused" in dark and "/static/fonts/" in dark


@pytest.mark.parametrize("name", ["no.css", "..%2Fbase.html", "shell.js"])
def test_nothing_but_sheets_comes_from_there(anybody, name):
    assert anybody.get(f"/style/dark/{name}").status_code == 404


def test_the_client_keeps_its_colours(anybody, avis):
    from services.publishing.tokens import Look
    from tests.portal.test_styles import dress

    dress(avis, Look(brand="#2f5d8c"))
    assert "--brand: #2f5d8c" in anybody.get("/style/dark/of-the-client").text
