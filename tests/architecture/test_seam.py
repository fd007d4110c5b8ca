"""What lies between the portal and the services: declared once, served, and made by nobody else."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from shared.settings import SERVICES
from shared.web.operations import Service

ROOT = Path(__file__).parents[2]


def kinds_of(base: type) -> set[type]:
    return {kind for below in base.__subclasses__() for kind in {below, *kinds_of(below)}}


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_every_declared_operation_is_served(world, service):
    for path in (ROOT / "shared" / "contracts" / "api").glob("*.py"):
        import_module(f"shared.contracts.api.{path.stem}")
    declared = {name for kind in kinds_of(Service) if kind.service == service for name in kind.operations}
    assert set(world.app(service).extensions["operations"]) == declared


def test_the_portal_makes_no_callers():
    """Identity does alone (docs/decisions/0004)."""
    for path in (ROOT / "services" / "portal").rglob("*.py"):
        assert "Caller(" not in path.read_text(), path


def imported(path: Path) -> set[str]:
    """The first names of what a module imports."""
    nodes = [*ast.walk(ast.parse(path.read_text()))]
    froms = {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    return froms | {
        name.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for name in node.names
    }


def test_what_is_declared_knows_neither_flask_nor_nouns():
    for path in (ROOT / "shared" / "contracts" / "api").rglob("*.py"):
        assert not imported(path) & {"flask", "flask_smorest", "sqlalchemy", "services"}, path
