"""What takes longest begins first, so that no process of a run waits for another at its end."""

import pytest

LONG = ("test_three_settings.py", "test_story.py", "test_distributed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)
