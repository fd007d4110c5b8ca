"""The declarative base of voting's tables, and how many values reach them at once."""

from collections.abc import Iterable
from typing import Any

from shared.database import base_for

Base = base_for("voting")


def as_array(values: Iterable[Any]) -> str:
    """Returns numbers, ids or hexadecimal digits as PostgreSQL writes an array. The driver would look through every element
    for what has to be quoted: of 1,300 hands longer than it takes to seal them."""
    return "{" + ",".join(map(str, values)) + "}"
