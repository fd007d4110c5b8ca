"""The AsyncAPI 3.0 document, written from the same classes that the services use."""

import inspect

import msgspec

from shared import contracts as contracts  # so that every contract is in the catalogue
from shared.events import CATALOGUE


def asyncapi() -> dict:
    """https://www.asyncapi.com/docs/reference/specification/v3.0.0"""
    topics = sorted({event.topic for event in CATALOGUE.values()})
    _, schemas = msgspec.json.schema_components(
        CATALOGUE.values(), ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "What the services of Polku tell each other", "version": "1.0.0"},
        "defaultContentType": "application/json",
        "channels": {topic: channel(topic) for topic in topics},
        "operations": {
            f"tell.{topic}": {"action": "send", "channel": ref(f"channels/{topic}")} for topic in topics
        },
        "components": {
            "messages": {name: message(event) for name, event in CATALOGUE.items()},
            "schemas": schemas,
        },
    }


def ref(place: str) -> dict:
    return {"$ref": f"#/{place}"}


def channel(topic: str) -> dict:
    names = [name for name, event in CATALOGUE.items() if event.topic == topic]
    return {"address": topic, "messages": {name: ref(f"components/messages/{name}") for name in names}}


def message(event) -> dict:
    return {
        "name": event.type,
        "summary": inspect.getdoc(event),
        "contentType": "application/json",
        "payload": ref(f"components/schemas/{event.__name__}"),
        "headers": {"type": "object", "required": ["ce_id", "ce_type", "ce_tenantid", "ce_partitionkey"]},
    }
