"""Of two people who edit the same thing, neither overwrites the other unseen; what they changed apart from each other both stands.

An edit may carry `was`: the fields as the service told them when the page of the edit was made. It is merged with what stands by now,
field by field (a three-way merge). Whoever merges has locked the row.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields
from marshmallow.utils import get_value
from msgspec import Struct

from shared.problems import RuleBroken
from shared.web.shapes import schema_of, sent

NOTHING: tuple[Any, ...] = (None, "", [], {})  # a text that is missing is as good as an empty one


class ChangedMeanwhile(RuleBroken):
    """Somebody else has changed this meanwhile. Both stand on this page: compare them, then save what shall stand."""

    def __init__(self, stands: Mapping[str, Any]):
        super().__init__()
        self.more = {"stands": dict(stands)}


class EditSchema(Schema):
    """The base of schemas of edits. Who sends no `was` writes over whatever stands there."""

    was = fields.Dict(keys=fields.String(), load_only=True, allow_none=True, load_default=None)


def merged(edit: Mapping[str, Any], schema: type[Schema], thing: Any) -> dict[str, Any]:
    """Returns the fields to write: those that the edit changes as it has them, the others as the thing (an object or a mapping with
    the names of the schema's fields) has them by now. Raises ChangedMeanwhile with those that both have changed, each otherwise."""
    wanted = {name: value for name, value in edit.items() if name != "was"}
    was = on_our_clock(edit.get("was") or {}, schema)
    stood = {name: get_value(thing, name, None) for name in wanted if name in was}
    mine, stands = as_told(schema, {name: wanted[name] for name in stood}), as_told(schema, stood)
    clashes: dict[str, Any] = {}
    for name in stood:
        both = merge(name, was[name], mine.get(name), stands.get(name), clashes)
        if isinstance(both, Mapping):
            wanted[name] = both
        elif is_same(was[name], mine.get(name)):
            wanted[name] = stood[name]
    if clashes:
        raise ChangedMeanwhile(clashes)
    return wanted


def merged_struct(edit: Struct, thing: Any) -> dict[str, Any]:
    """Merges an edit that shared/contracts/api declares; what was not sent is left out."""
    return merged(sent(edit), schema_of(type(edit)), thing)


def must_stand(edit: Mapping[str, Any], schema: type[Schema], thing: Any) -> None:
    """Refuses to take away what somebody else has changed since the page was made."""
    was = on_our_clock(edit.get("was") or {}, schema)
    stands = as_told(schema, {name: get_value(thing, name, None) for name in schema().fields if name in was})
    if changed := {name: value for name, value in stands.items() if not is_same(was[name], value)}:
        raise ChangedMeanwhile(changed)


def on_our_clock(was: Mapping[str, Any], schema: type[Schema]) -> dict[str, Any]:
    """Times may have been told on any clock."""
    times = {name for name, field in schema().fields.items() if isinstance(field, fields.DateTime)}
    return {name: in_utc_as_told(value) if name in times else value for name, value in was.items()}


def in_utc_as_told(told: Any) -> Any:
    try:
        return datetime.fromisoformat(told).astimezone(UTC).isoformat()
    except (TypeError, ValueError):
        return told


def as_told(schema: type[Schema], values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has them, times in UTC."""
    return schema(only=tuple(values)).dump({name: in_utc(value) for name, value in values.items()})


def in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def merge(name: str, was: Any, mine: Any, stands: Any, clashes: dict[str, Any]) -> Any:
    """Returns what both want, mappings key by key; notes what stands where they want different things, under the place as in JSON
    Pointer (`wording/fi`, RFC 6901)."""
    if are_mappings(was, mine, stands):
        before, asked, now = was or {}, mine or {}, stands or {}
        keys = [*dict.fromkeys([*asked, *before, *now])]
        both = {
            key: merge(f"{name}/{escaped(key)}", before.get(key), asked.get(key), now.get(key), clashes)
            for key in keys
        }
        kept = {key: value for key, value in both.items() if value is not None or asked.get(key, "") is None}
        return kept or mine
    if is_same(was, mine):
        return stands
    if not is_same(was, stands) and not is_same(mine, stands):
        clashes[name] = stands
    return mine


def are_mappings(*values: Any) -> bool:
    """A mapping that is missing is an empty one."""
    some = [value for value in values if value not in NOTHING]
    return bool(some) and all(isinstance(value, Mapping) for value in some)


def escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def is_same(one: Any, other: Any) -> bool:
    """Ticked choices have no order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one, key=str) == sorted(other, key=str)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    return one == other or (one in NOTHING and other in NOTHING)
