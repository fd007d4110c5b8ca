"""What lies between the portal and the services: declared once, served, and made by nobody else."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from services.portal.clients.base import Client
from shared.settings import SERVICES
from shared.web.operations import Service

ROOT = Path(__file__).parents[2]
NOT_MOVED_YET: set[str] = set()
"""Whose clients are still of dicts. It only gets shorter."""


def kinds_of(base: type) -> set[type]:
    return {kind for below in base.__subclasses__() for kind in {below, *kinds_of(below)}}


def test_the_services_whose_clients_are_of_dicts_only_get_fewer():
    for path in (ROOT / "services" / "portal" / "clients").glob("*.py"):
        import_module(f"services.portal.clients.{path.stem}")
    of_the_portal = {kind for kind in kinds_of(Client) if kind.__module__.startswith("services.portal.")}
    assert {kind.service for kind in of_the_portal} == NOT_MOVED_YET


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_every_declared_operation_is_served(world, service):
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
