"""Two habits of Microsoft Entra's PATCH that scim2-models does not know, written as RFC 7644 (3.5.2) has it.

https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
"""

from collections.abc import Iterator
from typing import Any


def spelled_out(patch: Any) -> Any:
    """Returns the body of a PATCH in which each attribute that is named by a filter (`emails[type eq "work"].value`) has an operation
    of its own, and nothing is said by null inside a value. What is no PATCH is returned as it is."""
    if not isinstance(patch, dict) or not isinstance(patch.get("Operations"), list):
        return patch
    return patch | {"Operations": [one for operation in patch["Operations"] for one in _each(operation)]}


def _each(operation: Any) -> Iterator[Any]:
    if not isinstance(operation, dict):
        yield operation
        return
    value = _without_nulls(operation.get("value"))
    operation = operation | ({"value": value} if value is not None else {})
    if operation.get("path") or not isinstance(value, dict):
        yield operation
        return
    filtered = {name: item for name, item in value.items() if "[" in name}
    plain = {name: item for name, item in value.items() if name not in filtered}
    if plain or not filtered:
        yield operation | {"value": plain}
    for name, item in filtered.items():
        yield operation | {"path": name, "value": item}


def _without_nulls(value: Any) -> Any:
    """Of the members of a list: `{"$ref": null, "value": "..."}` names somebody by the value alone."""
    if not isinstance(value, list):
        return value
    return [
        {name: item for name, item in one.items() if item is not None} if isinstance(one, dict) else one
        for one in value
    ]
