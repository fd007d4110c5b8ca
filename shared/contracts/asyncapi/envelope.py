"""The envelope as AsyncAPI says it: CloudEvents 1.0 in Kafka's binary mode, every attribute a header."""

from typing import Any

from shared.messaging.events import REQUIRED

UUID = {"type": "string", "format": "uuid"}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0", "description": "The version of CloudEvents."},
    "ce_id": {
        **UUID,
        "description": "This event, and no other: who has seen it once does not act on it again.",
    },
    "ce_type": {"type": "string", "description": "What happened, and in which version of the words."},
    "ce_source": {"type": "string", "description": "The service that tells it: /polku/<service>."},
    "ce_time": {
        "type": "string",
        "format": "date-time",
        "description": "When it happened; for an anonymous act the hour alone.",
    },
    "ce_tenantid": {**UUID, "description": "The organisation in whose rooms it happened."},
    "ce_partitionkey": {
        "type": "string",
        "description": "What is kept in order: <organisation>:<run>, or <organisation> outside a run.",
    },
    "ce_correlationid": {**UUID, "description": "The first event of the chain that this one belongs to."},
    "ce_causationid": {**UUID, "description": "The event that this one answers."},
    "ce_traceparent": {"type": "string", "description": "W3C trace context of the act that told it."},
    "content-type": {"const": "application/json"},
}


def envelope() -> dict[str, Any]:
    """The trait that all messages share."""
    return {
        "contentType": "application/json",
        "headers": {"type": "object", "required": [*REQUIRED], "properties": ATTRIBUTES},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": ATTRIBUTES["ce_partitionkey"], "bindingVersion": "0.5.0"}},
    }
