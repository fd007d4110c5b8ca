"""Describes what a Kafka cluster has to know of us before the first event: its topics, and who may write and read each.

The replication factor is the cluster's own affair; everything here follows from the contracts and the listeners.
"""

from shared import contracts as contracts  # so that every contract is in the catalogue
from shared.messaging.bus import PARTITIONS
from shared.messaging.events import CATALOGUE

# Nothing is deleted or compacted: a read model is rebuilt from the first event on, and moving house relies on
# position = offset. The time of a record is the envelope's, because the broker's own would tell the minute of an
# anonymous act; and it is taken as it is, because the clock of a service may be ahead of the broker's.
CONFIG = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
}


def topics() -> list[dict]:
    """[{"name", "partitions", "config"}], by name"""
    names = sorted({event.topic for event in CATALOGUE.values()})
    return [{"name": name, "partitions": PARTITIONS, "config": CONFIG} for name in names]


def acls(consumers: dict[str, set[str]]) -> list[dict]:
    """Returns what each service's principal may do; nothing else is allowed. `consumers` is {service: event types}.

    [{"principal", "resource", "name", "pattern", "operation"}] in the words of Kafka's own ACL bindings.
    """
    speakers = {event.topic.split(".")[0] for event in CATALOGUE.values()}
    return [
        grant
        for service in sorted(speakers | consumers.keys())
        for grant in _of_one(service, consumers.get(service, set()))
    ]


def _of_one(service: str, types: set[str]) -> list[dict]:
    topics = {event.topic for event in CATALOGUE.values() if event.topic.split(".")[0] == service}
    heard = {CATALOGUE[type].topic for type in types}
    return [
        *[_may(service, "TOPIC", topic, "WRITE") for topic in sorted(topics)],
        *[_may(service, "TOPIC", topic, "READ") for topic in sorted(heard)],
        *[_may(service, "TOPIC", topic, "DESCRIBE") for topic in sorted(topics | heard)],
        *([_may(service, "GROUP", service, "READ")] if heard else []),
        *([_may(service, "GROUP", service, "DESCRIBE")] if heard else []),
    ]


def _may(service: str, resource: str, name: str, operation: str) -> dict:
    principal = f"User:{service}"
    return {
        "principal": principal,
        "resource": resource,
        "name": name,
        "pattern": "LITERAL",
        "operation": operation,
    }
