"""What one request asks: its SQL statements, and the portal's calls to services, counted in one process."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from flask import Flask, request, request_started
from sqlalchemy import Engine, event

from shared.web import direct

APART = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
TIMES = 3


@dataclass
class Asked:
    """The statements that one request sent, without BEGIN and COMMIT, and the calls that it made."""

    statements: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)  # of a statement with its parameters

    @property
    def numbers(self) -> tuple[int, int]:
        return len(self.statements), len(self.calls)

    @property
    def twice(self) -> list[str]:
        """What was read again in the same request, although it was known."""
        return sorted(statement for (statement, _), times in self.times.items() if times > 1)

    def __str__(self) -> str:
        calls = "\n".join(f"    {call}" for call in self.calls)
        return "\n".join([f"  calls:\n{calls}", "  statements:", *(f"    {one}" for one in self.statements)])


def asked_by(act: Callable[[], Any], portal: Flask) -> Asked:
    """Returns what the act asks when all that may be kept is kept: the least of some times."""
    found = []
    for _ in range(TIMES):
        with counting(portal) as asked:
            act()
        found.append(asked)
    return min(found, key=lambda asked: asked.numbers)


@contextmanager
def counting(portal: Flask) -> Iterator[Asked]:
    asked = Asked()

    def note_a_statement(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if not statement.startswith(APART):
            asked.statements.append(" ".join(statement.split()))
        if statement.startswith("SELECT"):
            asked.times[" ".join(statement.split()), str(parameters)] += 1

    def note_a_call(app: Flask, **more: Any) -> None:
        if app is not portal:
            asked.calls.append(f"{app.name}: {request.method} {request.path}")

    def note_a_direct_call(app: Flask, name: str, *given: Any, **how: Any) -> Any:
        asked.calls.append(f"{app.name}: {name}")
        return answer(app, name, *given, **how)

    answer = direct.call
    event.listen(Engine, "before_cursor_execute", note_a_statement)
    request_started.connect(note_a_call)
    try:
        with patch.object(direct, "call", note_a_direct_call):
            yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note_a_statement)
        request_started.disconnect(note_a_call)
