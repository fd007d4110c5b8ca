"""Requirements are used, and what is used is asked for by name: nothing is in the requirements because it once was."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.architecture.test_rooms import imports

ROOT = Path(__file__).parents[2]
RUNS, BUILDS = ("services", "shared", "infra"), ("tests",)
NOT_IMPORTED = {
    "tzdata": "zoneinfo reads it where a machine has none",
    "brotli": "fonttools writes WOFF2 with it",
    "numpy": "scipy's numbers; the benchmarks reckon with it",
}
PARTS = {
    "werkzeug": "flask",
    "jinja2": "flask",
    "markupsafe": "flask",
    "apispec": "flask-smorest",
    "webargs": "flask-smorest",
}
PROGRAMS = {  # of building and testing
    "ruff", "mypy", "uv", "pytest-xdist", "pytest-cov", "pytest-benchmark", "pytest-timeout", "types-pyyaml", "compose-lint",
}  # fmt: skip


def asked_for(file: str) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return {normal(re.split(r"[\[<>=~!]", line)[0].strip()) for line in lines if line and line[0] != "-"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def used_in(folders) -> list[set[str]]:
    """For each module of others that something in these folders imports, the packages that it may have come with."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    modules = {name.split(".")[0] for path in files for name in imports(path)}
    known = packages_distributions()
    ours = {*RUNS, *BUILDS, *sys.stdlib_module_names}
    found = [{normal(name) for name in known[module]} for module in modules - ours if module in known]
    return [{PARTS.get(name, name) for name in names} for names in found]


def idle(asked: set[str], used: list[set[str]]) -> set[str]:
    return asked.difference(*used)


def not_asked_for(asked: set[str], used: list[set[str]]) -> list[set[str]]:
    return [names for names in used if not names & asked]


def test_what_runs_asks_for_what_it_imports_and_for_nothing_else():
    asked, used = asked_for("requirements.in"), used_in(RUNS)
    assert idle(asked, used) == NOT_IMPORTED.keys()
    assert not_asked_for(asked, used) == []


def test_what_builds_and_tests_is_used_and_asked_for():
    asked, used = asked_for("requirements-dev.in"), used_in(BUILDS)
    assert idle(asked, used) == PROGRAMS
    assert not_asked_for(asked | asked_for("requirements.in"), used) == []
