"""The place in a trace as W3C writes it (https://www.w3.org/TR/trace-context/)."""

import re

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


def place_in_a_trace(told: str | None) -> str | None:
    """Returns what came as a traceparent, if it is one: whoever sends garbage begins no trace and breaks nothing."""
    return told if told and TRACEPARENT.fullmatch(told) else None
