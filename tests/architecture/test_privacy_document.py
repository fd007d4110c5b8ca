"""What docs/privacy.md says is kept, and for how long, is what the code keeps."""

import re
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.settings import SERVICES, backups_aged_out

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/privacy.md").read_text()
TABLE = re.compile(r"`([a-z]+|<service>)\.([a-z_]+)`")
NUMBER = re.compile(r"^\| .+ \| (\d+) (days|hours|minutes) \| `([\w.]+):(\w+)(?:\[(\w+)\])?` \|$", re.M)


def retention() -> str:
    """The table of what lies where."""
    return DOCUMENT.partition("### Where it lies")[2].partition("### The numbers")[0]


def named() -> list[str]:
    return [f"{schema}.{table}" for schema, table in TABLE.findall(retention())]


def tables_of(service: str) -> set[str]:
    if service == "portal":
        return set()
    return {f"{service}.{name}" for name in import_module(f"services.{service}.models").Base.metadata.tables}


@pytest.mark.parametrize("service", SERVICES)
def test_it_says_of_every_table_how_long_its_rows_are_kept(service):
    assert not tables_of(service) - set(named())


def test_nor_is_a_table_of_the_mechanisms_left_out():
    assert not {f"<service>.{table.name}" for table in MESSAGING_TABLES.tables.values()} - set(named())


def test_no_table_is_kept_for_two_times():
    assert len(named()) == len(set(named()))


def test_the_times_that_it_names_are_those_of_the_code():
    rows = NUMBER.findall(DOCUMENT)
    assert len(rows) == DOCUMENT.count(
        "` |\n", DOCUMENT.index("### The numbers"), DOCUMENT.index("All keys of a run die")
    )
    for number, unit, module, name, key in rows:
        assert timedelta(**{unit: int(number)}) == kept(module, name, key), (name, key)


def kept(module: str, name: str, key: str) -> timedelta:
    value = getattr(import_module(module), name)
    value = value() if callable(value) else value[key] if key else value
    return value if isinstance(value, timedelta) else timedelta(days=value)


def test_and_the_day_from_which_backups_hold_nothing():
    days = (backups_aged_out(date(2027, 1, 1)) - date(2027, 1, 1)).days
    assert f"`shared.settings:backups_aged_out`): {days} days" in DOCUMENT
    assert f"gone {days} days later" in DOCUMENT
