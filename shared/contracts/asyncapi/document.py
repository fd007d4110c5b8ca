"""The AsyncAPI 3.0 document, written from the same classes that the services use.

https://www.asyncapi.com/docs/reference/specification/v3.0.0; one document for all services, each with its tag.
"""

import inspect
import re
from typing import Any

from shared import contracts as contracts  # so that every contract is in the catalogue
from shared.contracts.asyncapi.brokering import topics
from shared.contracts.asyncapi.envelope import envelope
from shared.contracts.asyncapi.hearing import hearing, who_hears
from shared.contracts.asyncapi.released import released
from shared.contracts.asyncapi.shapes import order_of, shape_of
from shared.messaging.events import CATALOGUE, Event

KAFKA = {"bindingVersion": "0.5.0"}
INFO = {
    "title": "What the services of Polku tell each other",
    "version": "1.0.0",
    "description": (
        "Services know each other by these events alone. An event says what happened, by ids and facts: never a name, "
        "an address or what a person wrote. It may gain fields that nobody has to say, and consumers pass over what they "
        "do not know; anything else that is new is an event of its own beside the old."
    ),
}
CLUSTER = {
    "host": "{brokers}",
    "protocol": "kafka-secure",
    "description": "The installation's Kafka cluster. On one machine the same events travel through PostgreSQL.",
    "variables": {"brokers": {"description": "Host and port, as the setting POLKU_KAFKA says them."}},
    "security": [{"$ref": "#/components/securitySchemes/service"}],
}
SIGN_IN = {
    "type": "scramSha512",
    "description": "User name: the service's name. Its password is in the secrets.",
}


def asyncapi() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "id": "urn:polku:events",
        "info": INFO | {"tags": [{"name": name, "description": purpose_of(name)} for name in services()]},
        "defaultContentType": "application/json",
        "servers": {"cluster": CLUSTER},
        "channels": {topic["name"]: channel(topic) for topic in topics()},
        "operations": {name: operation for service in services() for name, operation in operations(service)},
        "components": {
            "messages": {type: message(event) for type, event in CATALOGUE.items()},
            "schemas": {type: schema(event) for type, event in CATALOGUE.items()},
            "messageTraits": {"envelope": envelope()},
            "securitySchemes": {"service": SIGN_IN},
        },
    }


def services() -> list[str]:
    return sorted({speaker_of(event.topic) for event in CATALOGUE.values()} | hearing().keys())


def speaker_of(topic: str) -> str:
    return topic.split(".")[0]


def purpose_of(service: str) -> str:
    """The first line of what it promises; lineage, for one, only listens."""
    if service not in {speaker_of(event.topic) for event in CATALOGUE.values()}:
        return f"What {service} hears: it tells nothing itself."
    return inspect.getdoc(getattr(contracts, service)) or ""


def ref(*place: str) -> dict[str, str]:
    return {"$ref": f"#/{'/'.join(place)}"}


def types_of(topic: str) -> list[str]:
    return [type for type, event in CATALOGUE.items() if event.topic == topic]


def channel(topic: dict[str, Any]) -> dict[str, Any]:
    name, config = topic["name"], topic["config"]
    return {
        "address": name,
        "description": f"What {speaker_of(name)} tells about each {name.split('.')[1]}, a run's events in order.",
        "messages": {type: ref("components", "messages", type) for type in types_of(name)},
        "tags": [{"name": speaker_of(name)}],
        "bindings": {
            "kafka": KAFKA | {"partitions": topic["partitions"], "topicConfiguration": typed(config)}
        },
    }


def typed(config: dict[str, str]) -> dict[str, Any]:
    """The binding wants a list of policies, and numbers as numbers; Kafka takes all as text."""
    numbers = {name: int(value) for name, value in config.items() if name.startswith("retention.")}
    return config | numbers | {"cleanup.policy": config["cleanup.policy"].split(",")}


def operations(service: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns what a service sends on each of its topics, and what it receives on each topic that it listens to."""
    tells = [type for type, event in CATALOGUE.items() if speaker_of(event.topic) == service]
    hears = [type for type in CATALOGUE if type in hearing().get(service, {})]
    group = {"kafka": KAFKA | {"groupId": {"type": "string", "enum": [service]}}}
    return [
        *[
            (f"{service}.tells.{topic}", operation("send", service, topic, types))
            for topic, types in by_topic(tells)
        ],
        *[
            (f"{service}.hears.{topic}", operation("receive", service, topic, types) | {"bindings": group})
            for topic, types in by_topic(hears)
        ],
    ]


def by_topic(types: list[str]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for type in types:
        found.setdefault(CATALOGUE[type].topic, []).append(type)
    return sorted(found.items())


def operation(action: str, service: str, topic: str, types: list[str]) -> dict[str, Any]:
    verb = "tells" if action == "send" else "hears"
    return {
        "action": action,
        "channel": ref("channels", topic),
        "title": f"{service} {verb} {topic}",
        "messages": [ref("channels", topic, "messages", type) for type in types],
        "tags": [{"name": service}],
    }


def message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": title_of(event),
        "summary": summary_of(event),
        "traits": [ref("components", "messageTraits", "envelope")],
        "payload": ref("components", "schemas", event.type),
        "tags": [{"name": speaker_of(event.topic)}],
        "examples": examples_of(event.type),
        "x-in-order-of": order_of(event),
        "x-time-is-coarse": event.coarse,
        "x-heard-by": who_hears(event.type),
    }


def title_of(event: type[Event]) -> str:
    """RankingReleased, said as "Ranking released"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", event.__name__).capitalize()


def summary_of(event: type[Event]) -> str:
    return " ".join((inspect.getdoc(event) or "").split())


def examples_of(type: str) -> list[dict[str, Any]]:
    promised = released().get(type)
    samples = promised.samples if promised else []
    return [
        {"name": f"{type}-{number}", "headers": sample.headers, "payload": sample.body}
        for number, sample in enumerate(samples, 1)
    ]


def schema(event: type[Event]) -> dict[str, Any]:
    return {"title": event.__name__, "description": summary_of(event), "type": "object"} | shape_of(event)
