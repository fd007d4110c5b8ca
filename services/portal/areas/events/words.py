"""The events as pages show them: read from the AsyncAPI document, the same one that is downloaded."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from services.portal.areas.events.names import event_in_words
from services.portal.menu import N_
from shared.contracts.asyncapi import asyncapi
from shared.languages import gettext

SERVICE_WORDS = {
    "identity": N_("People and organisations"),
    "process": N_("The agreed path"),
    "townhall": N_("Kickoff and launch"),
    "survey": N_("Views"),
    "voting": N_("Priorities"),
    "workshop": N_("Workshops"),
    "publishing": N_("Workbook"),
    "practice": N_("Ground rules"),
    "lineage": N_("The thread from a view to a rule"),
    "notification": N_("Notices"),
}
ORDER_WORDS = {
    "run": N_("The events of one path"),
    "organisation": N_("The events of one organisation"),
    "run, or organisation where there is none": N_(
        "The events of one path, or of the organisation outside a path"
    ),
}


@dataclass(frozen=True)
class Field:
    """One fact of an event: its name, its type on the wire, and what it is when it is not said."""

    name: str
    type: str
    required: bool
    default: Any


@dataclass(frozen=True)
class Told:
    """One event: what happened, who tells it where, who hears it and what they do then. Title and summary are the
    contract's own, in English."""

    type: str
    title: str
    summary: str
    topic: str
    order: str
    is_coarse: bool
    heard_by: dict[str, list[str]]
    fields: list[Field]
    examples: list[dict[str, Any]]

    @property
    def service(self) -> str:
        return self.topic.split(".")[0]

    @property
    def name(self) -> str:
        return event_in_words(self.type)

    @property
    def meaning(self) -> str:
        return gettext(self.summary)

    def is_about(self, words: list[str]) -> bool:
        """Whether all the words are said somewhere about it, in English or in the reader's language."""
        services = [self.service, *self.heard_by]
        acts = [act for acts in self.heard_by.values() for act in acts]
        named = [gettext(SERVICE_WORDS[service]) for service in services if service in SERVICE_WORDS]
        own = [self.name, self.meaning, self.title, self.summary, self.type, self.topic]
        text = " ".join([*own, *services, *named, *acts]).casefold()
        return all(word in text for word in words)


@cache
def document() -> dict[str, Any]:
    return asyncapi()


@cache
def events() -> dict[str, Told]:
    """{type: event}, service by service in the order of the path"""
    told = [_told(type, message) for type, message in document()["components"]["messages"].items()]
    order = list(SERVICE_WORDS)
    return {
        event.type: event
        for event in sorted(told, key=lambda event: (order.index(event.service), event.topic))
    }


def _told(type: str, message: dict[str, Any]) -> Told:
    [topic] = [name for name, channel in document()["channels"].items() if type in channel["messages"]]
    return Told(
        type=type,
        title=message["title"],
        summary=message["summary"],
        topic=topic,
        order=message["x-in-order-of"],
        is_coarse=message["x-time-is-coarse"],
        heard_by={
            service: [act.replace("_", " ") for act in acts]
            for service, acts in message["x-heard-by"].items()
        },
        fields=fields_of(document()["components"]["schemas"][type]),
        examples=[{"headers": one["headers"], "payload": one["payload"]} for one in message["examples"]],
    )


def fields_of(schema: dict[str, Any]) -> list[Field]:
    return [
        Field(name, type_of(field), name in schema.get("required", ()), field.get("default"))
        for name, field in schema["properties"].items()
    ]


def type_of(field: dict[str, Any]) -> str:
    """As a programmer would say it: "array of uuid", "date-time or null"."""
    if "anyOf" in field:
        return " or ".join(type_of(part) for part in field["anyOf"])
    if "const" in field:
        return f'"{field["const"]}"'
    if field["type"] == "array":
        return f"array of {type_of(field['items'])}"
    if field["type"] == "object":
        return f"object of {type_of(field['additionalProperties'])}"
    return field.get("format", field["type"])


def attributes() -> list[Field]:
    """The headers of every event, with what they are for in place of a default."""
    headers = document()["components"]["messageTraits"]["envelope"]["headers"]
    return [
        Field(name, type_of(field), name in headers["required"], field.get("description", ""))
        for name, field in headers["properties"].items()
    ]


@dataclass(frozen=True)
class Channel:
    """A topic with what is told on it."""

    name: str
    partitions: int
    events: list[Told]


def channels_of(service: str) -> list[Channel]:
    return [
        Channel(name, said["bindings"]["kafka"]["partitions"], [events()[type] for type in said["messages"]])
        for name, said in document()["channels"].items()
        if name.split(".")[0] == service
    ]


def heard_by(service: str) -> list[Told]:
    return [event for event in events().values() if service in event.heard_by]
