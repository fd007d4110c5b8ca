"""An event's shape on the wire, as JSON Schema: what its producer sends and its consumers rely on."""

from datetime import datetime
from typing import Any, get_args, get_type_hints

import msgspec

from shared.messaging.events import Event


def shape_of(event: type[Event]) -> dict[str, Any]:
    """{"properties": {field: schema}, "required": [field]}"""
    _, schemas = msgspec.json.schema_components([event], ref_template="#/{name}")
    schema, hints = schemas[event.__name__], get_type_hints(event)
    properties = {name: _timed(field, hints[name]) for name, field in schema["properties"].items()}
    return {"properties": properties, "required": schema.get("required", [])}


def _timed(field: dict[str, Any], hint: Any) -> dict[str, Any]:
    """msgspec leaves the format out where a time without zone could be meant; we always send one."""
    if hint is datetime:
        return {**field, "format": "date-time"}
    if datetime in get_args(hint) and "anyOf" in field:
        return {
            **field,
            "anyOf": [
                _timed(part, datetime if part["type"] == "string" else None) for part in field["anyOf"]
            ],
        }
    return field


def order_of(event: type[Event]) -> str:
    """Among which events of its topic this one keeps its place: those of its run, or of its organisation."""
    if "run_id" not in {field.name for field in msgspec.structs.fields(event)}:
        return "organisation"
    return "run" if "run_id" in shape_of(event)["required"] else "run, or organisation where there is none"
