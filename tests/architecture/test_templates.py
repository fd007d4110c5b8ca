"""Templates are found by name: each that code or another template calls exists, can be compiled, and none is left over."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from services.portal.app import create_app
from services.portal.look.area_files import static_files, static_folders
from tests.portal.templates import TEMPLATES

PORTAL = Path(__file__).parents[2] / "services" / "portal"
CALLED = re.compile(r"{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)")
A_TEMPLATE = re.compile(r"[a-z_*/]+\.(?:html|txt)")


def called_in_code() -> Iterator[str]:
    """Names as code writes them; `events/*.html` where a part of the name is only known when it runs."""
    for path in PORTAL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (name := text_of(node)) and A_TEMPLATE.fullmatch(name):
                yield name


def text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


CALLED_IN_CODE = set(called_in_code())
CALLED_IN_TEMPLATES = {name for path in TEMPLATES.values() for name in CALLED.findall(path.read_text())}


@pytest.mark.parametrize("name", sorted(CALLED_IN_CODE | CALLED_IN_TEMPLATES))
def test_a_template_that_is_called_exists(name):
    assert any(fnmatch(known, name) for known in TEMPLATES)


def test_each_template_can_be_compiled(database):
    jinja = create_app().jinja_env
    for name in TEMPLATES:
        jinja.get_template(name)


def test_no_template_is_left_that_nothing_calls():
    called = CALLED_IN_CODE | CALLED_IN_TEMPLATES
    assert not [name for name in TEMPLATES if not any(fnmatch(name, one) for one in called)]


def test_no_two_static_files_have_one_address():
    files = [
        path.relative_to(folder)
        for folder in static_folders()
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(files) == len(set(files))


def test_a_file_of_an_area_is_found_by_its_name_and_nothing_else_is(database):
    portal = create_app()
    client = portal.test_client()
    assert client.get("/static/views.css").text == static_files()["views.css"].read_text()
    for name in ("nowhere.css", "../app.py", "%2e%2e/app.py", "../areas/views/static/views.css"):
        assert client.get(f"/static/{name}").status_code == 404, name


def test_a_font_that_is_cut_while_the_portal_runs_is_found(database):
    static_files()
    client, font = create_app().test_client(), PORTAL / "static" / "fonts" / "cut-later.txt"
    font.parent.mkdir(exist_ok=True)
    font.write_text("late")
    try:
        assert client.get("/static/fonts/cut-later.txt").text == "late"
    finally:
        font.unlink()
