"""Which tier each test belongs to: said here and nowhere else. docs/testing.md tells what each is for.

A test is in the first of these that fits: `kafka` and `fuzz` by their marker, `browser`, `bench` and `peers` by their folder, `system` by the
lists below, and `fast` otherwise. A test that starts a process or a server of its own, or kills, is in `system`
(tests/architecture/test_tiers.py).
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
BY_FOLDER = {"browser": "browser", "benchmarks": "bench", "peers": "peers"}
BY_MARKER = ("kafka", "fuzz")
SYSTEM_FOLDERS = ("attacks", "bus", "infra", "journeys", "kafka", "observability")
SYSTEM_MODULES = (
    "contracts/test_asyncapi_parser.py",  # Node, where it is
    "contracts/test_commands.py",
    "contracts/test_schema_registry.py",  # git
    "identity/test_many_people_of_a_directory.py",  # ten thousand
    "identity/test_scim_protocol.py",  # some hundred requests
    "portal/test_live.py",
    "portal/test_remembered_by_processes.py",
    "shared/test_partition_halt.py",  # with tests/bus, the failure cases of the bus
    "shared/test_killed_worker.py",
    "shared/test_telling_and_dying.py",
    "shared/test_fair_relay.py",
)
TIERS = ("fast", "system", *BY_MARKER, *BY_FOLDER.values())


def tier_of(item: pytest.Item) -> str:
    by_marker = [marker for marker in BY_MARKER if item.get_closest_marker(marker)]
    return by_marker[0] if by_marker else tier_of_module(item.path)


def tier_of_module(path: Path) -> str:
    """Returns the tier of those of its tests that have no marker of another."""
    inside = path.relative_to(HERE)
    folder = inside.parts[0]
    if folder in BY_FOLDER:
        return BY_FOLDER[folder]
    return "system" if folder in SYSTEM_FOLDERS or inside.as_posix() in SYSTEM_MODULES else "fast"
