"""Packages of shared import in one direction only, so that each can be read without those above it; and none knows a service."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
FROM_BELOW = (
    *("settings", "problems", "expiring", "languages", "mail_addresses", "connecting"),
    *("tenancy", "telemetry", "database", "messaging", "web", "privacy", "contracts", "migrations"),
)
"""Each may import what stands before it."""
BY_STRING = {"import_module", "__import__", "find_spec", "iter_modules", "walk_packages"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SHARED.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(SHARED.rglob("*.py"))}


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Also those within functions; not those that only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from statements(child)


def imports(module: str) -> set[str]:
    """The modules of shared that it imports."""
    found = set()
    for node in statements(ast.parse(MODULES[module].read_text())):
        match node:
            case ast.ImportFrom(module=str(parent), names=names):
                found |= {parent, *(f"{parent}.{each.name}" for each in names)}
            case ast.Import(names=names):
                found |= {each.name for each in names}
    return (found & MODULES.keys()) - {"shared", module}


def package_of(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"shared"}))
def test_a_module_of_shared_imports_nothing_from_above(module):
    may = FROM_BELOW[: FROM_BELOW.index(package_of(module)) + 1]
    assert not {other for other in imports(module) if package_of(other) not in may}


def test_no_modules_of_shared_import_each_other_in_a_circle():
    within = {
        module: {other for other in imports(module) if not module.startswith(f"{other}.")}
        for module in MODULES
    }
    assert len(tuple(TopologicalSorter(within).static_order())) == len(MODULES)  # raises CycleError


@pytest.mark.parametrize("module", sorted(MODULES))
def test_shared_imports_nothing_by_a_name_in_a_string(module):
    nodes = ast.walk(ast.parse(MODULES[module].read_text()))
    assert not {node.id for node in nodes if isinstance(node, ast.Name) and node.id in BY_STRING}
    assert not [line for line in MODULES[module].read_text().splitlines() if "import services" in line]
