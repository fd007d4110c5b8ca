"""A living key is asked for in few places: those that docs/security.md lists, and nowhere else."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("services", "shared", "infra")
ASKS = {"keys_of", "Keys"}
SECTION = re.compile(r"^## Who uses a living key$(.+?)^## ", re.M | re.S)
LISTED = re.compile(r"^\| `([\w/.]+\.py)` \|", re.M)


def asks_for_keys(path: Path) -> bool:
    """Whether a module takes from shared.privacy.keys what gives keys, by whatever name."""
    return any(gives_keys(node) for node in ast.walk(ast.parse(path.read_text())))


def gives_keys(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="shared.privacy.keys", names=names):
            return bool(ASKS & {each.name for each in names})
        case ast.ImportFrom(module="shared.privacy", names=names):
            return "keys" in {each.name for each in names}
        case ast.Import(names=names):
            return "shared.privacy.keys" in {each.name for each in names}
    return False


def modules_that_ask() -> set[str]:
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return {str(path.relative_to(ROOT)) for path in files if asks_for_keys(path)}


def test_nobody_asks_for_a_key_but_the_modules_that_are_listed():
    section = SECTION.search((ROOT / "docs/security.md").read_text())
    assert section
    assert modules_that_ask() == set(LISTED.findall(section[1]))
