"""JSON that somebody sent is read here: of any shape, and no deeper than recursion can follow."""

import json
from typing import Any

DEEPEST = 40  # levels; a design tokens file has six
TOO_DEEP = "This is nested too deeply."


def json_in(text: str | bytes) -> Any:
    """Returns what the text says; raises ValueError where it is not JSON or nested too deeply."""
    try:
        value = json.loads(text, parse_constant=no_number)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    refuse_depth(value)
    return value


def no_number(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's (RFC 8259, 6)."""
    raise ValueError(f"{name} is no number.")


def refuse_depth(value: Any) -> None:
    """Level by level, without recursion: what is refused here is what recursion could not follow."""
    level = [value]
    for _ in range(DEEPEST):
        level = [item for thing in level for item in inside(thing) if isinstance(item, dict | list)]
        if not level:
            return
    raise ValueError(TOO_DEEP)


def inside(thing: Any) -> list[Any]:
    return list(thing.values()) if isinstance(thing, dict) else thing if isinstance(thing, list) else []
