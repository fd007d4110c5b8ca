"""Ratios within one run: what ours costs beside the limit measured next to it. They are told at the end, never asserted:
machines are noisy, and a slow one is no defect."""

from collections.abc import Callable

import pytest

RATIOS: list[tuple[str, float, str, str]] = []


@pytest.fixture
def ratio() -> Callable[[str, float, str, str], None]:
    """ratio("request with outbox / without", 0.8, ">= 0.75", "412/s of 515/s")."""

    def note(what: str, measured: float, goal: str, told: str) -> None:
        RATIOS.append((what, measured, goal, told))

    return note


def pytest_terminal_summary(terminalreporter) -> None:
    if RATIOS:
        terminalreporter.section("ratios of this run")
    for what, measured, goal, told in RATIOS:
        sign, bar = goal.split()
        met = measured >= float(bar) if sign == ">=" else measured <= float(bar)
        verdict = "met" if met else "MISSED"
        terminalreporter.write_line(f"{what:<64} {measured:8.2f}  {goal:<9} {verdict:<7} {told}")
