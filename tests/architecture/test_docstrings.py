"""A docstring begins with its subject: read on a hover, it says what a thing does and what comes back (docs/house-style.md)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SENTENCES_FOR_PEOPLE = {"RuleBroken", "NotFound", "Event"}  # what was refused, and what happened
RIDDLE = re.compile(r"(What|Who|Whoever|Whose|The same)\b")
KINDS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(path: Path) -> list[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, KINDS)]
    return [ast.get_docstring(node) or "" for node in nodes if not is_for_people(node)]


def is_for_people(node: ast.AST) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(isinstance(base, ast.Name) and base.id in SENTENCES_FOR_PEOPLE for base in bases)


def test_a_docstring_begins_with_its_subject():
    modules = [path for folder in ("services", "shared", "infra") for path in (ROOT / folder).rglob("*.py")]
    riddles = {str(path): text for path in modules for text in docstrings(path) if RIDDLE.match(text)}
    assert not riddles


def test_a_riddle_is_found():
    assert RIDDLE.match("What a hand holds.") and not RIDDLE.match("Whatever happens, closes the file.")
