"""Every test is in one tier, and those that start processes or kill are not in the fast one."""

import ast
import re
from pathlib import Path

import pytest

from tests.tiers import BY_FOLDER, HERE, SYSTEM_FOLDERS, SYSTEM_MODULES, TIERS, tier_of_module

ROOT = HERE.parent
MODULES = sorted(HERE.rglob("test_*.py"))
FAST = [module for module in MODULES if tier_of_module(module) == "fast"]
STARTS_OR_KILLS = {
    "subprocess",
    "multiprocessing",
    "signal",
    "Popen",
    "fork",
    "kill",
    "Postgres",
    "live_process",
}
IN_ITS_PLACE = {
    "publishing/test_pictures.py"
}  # puts something in the place of subprocess, so that nothing starts
COMMANDS = {
    "fast": "test",
    "system": "test-system",
    "fuzz": "fuzz",
    "kafka": "test-kafka",
    "peers": "test-peers",
    "browser": "browser",
    "bench": "bench",
}


def test_every_test_is_in_one_tier(request):
    """Also those that were found now, whatever part of them."""
    for item in request.session.items:
        assert len([marker for marker in item.iter_markers() if marker.name in TIERS]) == 1, item.nodeid


def test_the_lists_name_what_is_there():
    assert all((HERE / folder).is_dir() for folder in (*SYSTEM_FOLDERS, *BY_FOLDER))
    assert all((HERE / module).is_file() for module in SYSTEM_MODULES)


@pytest.mark.parametrize("module", FAST, ids=lambda module: module.relative_to(HERE).as_posix())
def test_a_fast_test_starts_no_process_and_kills_none(module):
    assert not (names_in(module) & STARTS_OR_KILLS) or module.relative_to(HERE).as_posix() in IN_ITS_PLACE


def names_in(module: Path) -> set[str]:
    """Everything that it imports or calls by name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.name.split(".")[0] for alias in node.names}
            names |= {(getattr(node, "module", None) or "").split(".")[0]}
        elif isinstance(node, ast.Call):
            names |= {getattr(node.func, "attr", None) or getattr(node.func, "id", "")}
    return names


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_has_its_command(tier):
    """What measures is no part of the pipeline: its figures depend on the machine."""
    assert f"\n{COMMANDS[tier]}: ready-to-build ## " in (ROOT / "Makefile").read_text()
    runs = re.compile(rf'^[^"#]*\bmake {COMMANDS[tier]}(?=[\s;])', re.MULTILINE)
    assert runs.search((ROOT / ".ci/run").read_text()) or tier == "bench"
