"""Whom a thread acts for is said in `with` blocks alone, and by nobody who waits inside of one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("services", "shared", "infra") for path in (ROOT / folder).rglob("*.py"))
BY_HAND = {"__enter__", "__exit__"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def faults(code: str) -> list[str]:
    """What enters or leaves by hand, yields while it acts for somebody, or leaves by a teardown function."""
    tree = ast.parse(code)
    return [*by_hand(tree), *waiting_inside(tree), *skipped_when_another_raises(tree)]


def by_hand(tree: ast.AST) -> Iterator[str]:
    """But a class may ask its parent's."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in BY_HAND and not is_super(called.value):
            yield f"{called.lineno}: {ast.unparse(called)}"


def is_super(whose: ast.expr) -> bool:
    return ast.unparse(whose) == "super()"


def waiting_inside(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and any("acting_for(" in ast.unparse(item) for item in node.items):
            yield from (f"{inner.lineno}: yields in acting_for" for inner in yields_of(node))


def yields_of(node: ast.AST) -> Iterator[ast.expr]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            yield inner
        if not isinstance(inner, FUNCTIONS):
            yield from yields_of(inner)


def skipped_when_another_raises(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("teardown_"):
            yield f"{node.lineno}: {node.attr}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_keeps_a_door_open_by_hand(path):
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "code",
    [
        "g.door = acting_for(tenant)\ng.door.__enter__()",
        "g.door.__exit__(None, None, None)",
        "def pieces():\n    with acting_for(tenant), sessions() as session:\n        yield session",
        "@app.teardown_request\ndef close(error): ...",
    ],
)
def test_what_keeps_one_open_is_found(code):
    assert faults(code)
