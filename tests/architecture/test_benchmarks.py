"""Benchmarks are run by people and by no suite: that they still fit the code is asked here."""

from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = sorted(path.stem for path in (Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_finds_what_it_measures(name):
    import_module(f"tests.benchmarks.{name}")
