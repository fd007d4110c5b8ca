"""Forgetting is loud: who may know whom, and which rooms every service has."""

import ast
from pathlib import Path

import pytest

from shared.settings import SERVICES

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "services").rglob("*.py"))
OF_SERVICES = [path for path in SOURCES if "portal" not in path.relative_to(ROOT).parts]
OURS = {"services", "shared", "infra", "docs", "tests"}
NAMELESS = {"utils.py", "helpers.py", "common.py", "misc.py"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_services_know_each_other_by_their_events_alone(path):
    own = path.relative_to(ROOT / "services").parts[0]
    others = {
        module for module in imports(path) if module.startswith("services.") and module.split(".")[1] != own
    }
    assert not others


@pytest.mark.parametrize(
    "path", sorted((ROOT / "shared").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_kernel_knows_no_service(path):
    assert not {module for module in imports(path) if module.startswith("services.")}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service):
    folder = ROOT / "services" / service
    rooms = {"README.md", "app.py", "__init__.py"}
    if service != "portal":
        rooms |= {"api", "models", "listeners.py", "migrations"}
    assert rooms <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("path", OF_SERVICES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_answers_over_http_lives_in_api(path):
    if "Blueprint(" in path.read_text():
        assert "api" in path.with_suffix("").parts


def test_no_file_has_a_comma_in_its_name():
    assert not [path for folder in ROOT.iterdir() if folder.name in OURS for path in folder.rglob("*,*")]


def test_nothing_lives_in_a_room_without_a_name():
    code = [path for folder in ("services", "shared", "infra") for path in (ROOT / folder).rglob("*.py")]
    assert not [path for path in code if path.name in NAMELESS]


def test_what_runs_needs_nothing_of_what_verifies_it():
    """The image has no tests/."""
    ours = [path for folder in ("services", "shared", "infra") for path in (ROOT / folder).rglob("*.py")]
    assert not [path for path in ours if any(module.split(".")[0] == "tests" for module in imports(path))]


def test_what_runs_polku_stands_in_rooms():
    assert len(list((ROOT / "infra").glob("*.py"))) <= 12


def test_only_the_portal_has_clients_of_services():
    calling = {
        path.relative_to(ROOT / "services").as_posix()
        for path in SOURCES
        if "httpx2" in imports(path) and not path.is_relative_to(ROOT / "services" / "portal")
    }
    allowed = {
        "notification/mails/addresses.py",
        "identity/pseudonyms/took_part.py",
    }  # docs/decisions/0005 and 0075
    assert calling <= allowed


CALLING_OUT = {"http.client", "urllib.request", "urllib3", "requests", "aiohttp", "h11"}


def test_what_somebody_else_has_named_is_called_through_the_one_guard():
    calling = {
        path for path in SOURCES + sorted((ROOT / "shared").rglob("*.py")) if imports(path) & CALLING_OUT
    }
    assert {path.relative_to(ROOT).as_posix() for path in calling} == {"shared/web/outbound/http_client.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_arrives_is_read_by_our_parser_alone(path):
    assert "flask_smorest" not in imports(path), (
        "Blueprint comes from shared.web.arguments, which cleans texts"
    )
