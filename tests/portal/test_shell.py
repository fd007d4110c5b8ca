"""The shell: fonts, areas, menu, theme."""

import re

import pytest
from flask import Flask
from fontTools.ttLib import TTFont
from jinja2 import UndefinedError

from services.portal.discovery import FACES, areas
from services.portal.look import fonts
from services.portal.menu import MenuItem, entries_for
from services.portal.shell import init_templates

NORTH_SAMI = "ÁáČčĐđŠšŽž"


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fonts")
    return folder, fonts.set_up(folder)


def test_both_typefaces_are_small_and_know_our_letters(laid):
    _, made = laid
    for font in made:
        letters = TTFont(font).getBestCmap()
        assert not [letter for letter in NORTH_SAMI + "åäöÅÄÖé’”–…" if ord(letter) not in letters], font.name
        assert font.stat().st_size < 40_000


def test_the_licence_travels_with_each_typeface(laid):
    folder, _ = laid
    licences = [path.read_text(errors="replace") for path in folder.glob("*.txt")]
    assert len(licences) == 2 and all("SIL OPEN FONT LICENSE" in text.upper() for text in licences)


def test_what_is_there_is_not_made_again(laid):
    folder, made = laid
    before = [path.stat().st_mtime_ns for path in made]
    assert [path.stat().st_mtime_ns for path in fonts.set_up(folder)] == before


def test_the_stylesheet_asks_for_no_font_that_is_not_made(laid):

    css = (fonts.FOLDER.parent / "look.css").read_text()
    assert set(re.findall(r"fonts/([\w-]+\.woff2)", css)) == {path.name for path in laid[1]}


def test_every_area_belongs_to_a_face_and_its_menu_leads_to_pages_that_are_there(whole):
    assert {area.face for area in areas()} == set(FACES)
    for area in areas():
        for item in area.menu:
            assert item.endpoint in whole.view_functions, item


def test_a_menu_entry_of_a_run_needs_a_run_in_sight():
    items = [
        MenuItem("Board", "employee.board.show"),
        MenuItem("Home", "employee.home.show", of_run=False, order=0),
    ]
    assert [item.label for item in entries_for(items, "employee", [], False)] == ["Home"]
    assert [item.label for item in entries_for(items, "employee", [], True)] == ["Home", "Board"]


def test_a_menu_entry_is_for_its_roles_and_face():
    lead = MenuItem("Plan", "console.plan.show", frozenset({"lead"}), "console")
    assert entries_for([lead], "console", ["lead", "editor"], True) == [lead]
    assert entries_for([lead], "console", ["editor"], True) == []
    assert entries_for([lead], "employee", ["lead"], True) == []


def test_the_theme_is_there_before_anybody_signs_in(browse, avis):
    answer = browse(avis).get("/theme.css")
    assert answer.status_code == 200 and answer.mimetype == "text/css"
    assert "--brand:" in answer.text and "public" in answer.headers["Cache-Control"]


def test_a_page_stands_without_its_clients_colours(browse, avis, monkeypatch):
    """Our own colours, in look.css, stand where publishing does not answer."""
    from services.portal.clients.base import ApiProblem
    from services.portal.look import style as theme

    def nobody_answers(*asked, **how):
        raise ApiProblem.away()

    monkeypatch.setattr(theme, "client", nobody_answers)
    answer = browse(avis).get("/theme.css")
    assert (answer.status_code, answer.text) == (200, "")


def with_a_hole(app: Flask) -> str:
    return app.jinja_env.from_string("[{{ nobody_gave_this }}]").render()


@pytest.mark.parametrize("demonstration", ["yes", "empty"])
def test_a_name_that_is_not_there_breaks_a_page_where_we_can_mend_it(whole, demonstration, monkeypatch):
    monkeypatch.setenv("POLKU_DEMONSTRATION", demonstration)
    init_templates(ours := Flask(__name__))
    for app in (ours, whole):
        with pytest.raises(UndefinedError):
            with_a_hole(app)


def test_a_name_that_is_not_there_leaves_people_a_page_with_a_hole(monkeypatch):
    monkeypatch.setenv("POLKU_DEMONSTRATION", "no")
    init_templates(theirs := Flask(__name__))
    assert with_a_hole(theirs) == "[]"
