"""How services tell each other what happened.

An event is declared once, in shared/contracts, as a frozen msgspec struct in the past tense. From that one
declaration come the wire format, its validation on both sides, the AsyncAPI document and the contract tests.
The envelope is CloudEvents 1.0 in Kafka's binary mode (https://github.com/cloudevents/spec/tree/v1.0.2).
"""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import msgspec
from uuid_utils.compat import uuid7

from shared.telemetry.here import log_message, log_message_no_more
from shared.telemetry.trace_context import place_in_a_trace
from shared.telemetry.tracing import traceparent
from shared.tenancy.acting import current_tenant

CATALOGUE: dict[str, type["Event"]] = {}
MOST_BYTES = 64 * 1024
REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_tenantid", "ce_partitionkey")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, in the words of the service it happened in."""

    type: ClassVar[str]
    topic: ClassVar[str]
    coarse: ClassVar[bool]
    belongs_to: ClassVar[str | None]


Declared = TypeVar("Declared", bound=type[Event])


def event(
    topic: str, *, version: int = 1, coarse: bool = False, belongs_to: str | None = None
) -> Callable[[Declared], Declared]:
    """Declare an event of `topic` (<service>.<aggregate>); `coarse` when its time could point to a person;
    `belongs_to` names the field that repeats the organisation on the envelope, for consumers that act for another."""

    def declare(cls: Declared) -> Declared:
        speaker = topic.split(".")[0]
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()
        cls.topic, cls.coarse, cls.belongs_to = topic, coarse, belongs_to
        cls.type = f"polku.{speaker}.{name}.v{version}"
        if cls.type in CATALOGUE:
            raise TypeError(f"{cls.type} is declared already. Give it another name, or the next version.")
        CATALOGUE[cls.type] = cls
        return cls

    return declare


class Undecodable(ValueError):
    """A message that is no event of ours; the text says what is wrong, never what was in it."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way: what, when, for whom, and caused by what."""

    id: UUID
    event: Event
    source: str
    tenant: UUID
    time: datetime
    correlation: UUID
    causation: UUID | None = None
    traceparent: str | None = None  # CloudEvents' extension for distributed tracing

    @property
    def key(self) -> str:
        """Returns what is kept in order: the run, or the organisation for events outside a run."""
        run = getattr(self.event, "run_id", None)
        return f"{self.tenant}:{run}" if run else str(self.tenant)

    @property
    def is_of_its_organisation(self) -> bool:
        """An event that names the organisation it belongs to names the one on the envelope."""
        field = self.event.belongs_to
        return field is None or getattr(self.event, field) == self.tenant

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.event.type,
            "ce_source": f"/polku/{self.source}",
            "ce_time": self.time.isoformat(),
            "ce_tenantid": str(self.tenant),
            "ce_partitionkey": self.key,
            "ce_correlationid": str(self.correlation),
            "content-type": "application/json",
        }
        perhaps = {"ce_causationid": self.causation, "ce_traceparent": self.traceparent}
        return headers | {name: str(value) for name, value in perhaps.items() if value}

    def as_row(self) -> dict[str, Any]:
        if not self.is_of_its_organisation:
            raise ValueError(f"{self.event.type} names an organisation that we do not act for.")
        value = msgspec.json.encode(self.event)
        if len(value) > MOST_BYTES:
            raise ValueError(
                f"{self.event.type} takes {len(value)} bytes; at most {MOST_BYTES} fit. Tell it in parts."
            )
        return {"topic": self.event.topic, "key": self.key, "headers": self.headers, "value": value}


_heard: ContextVar[Envelope | None] = ContextVar("heard", default=None)


def heard() -> Envelope:
    """The envelope of the event that is being handled: when it happened, and its id."""
    if envelope := _heard.get():
        return envelope
    raise LookupError("No event is being handled here.")


class hearing:
    """While an event is handled; a class, since it is entered for every single one."""

    __slots__ = ("envelope", "logged", "token")

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope

    def __enter__(self) -> None:
        """A log line has the second of an event, so it does not name an anonymous one."""
        self.token = _heard.set(self.envelope)
        self.logged = log_message(None if self.envelope.event.coarse else self.envelope.id)

    def __exit__(self, *why: object) -> None:
        _heard.reset(self.token)
        log_message_no_more(self.logged)


def envelope_for(event: Event, source: str, tenant: UUID | None = None) -> Envelope:
    """Put an event in its envelope, in the name of this organisation; without one, of the one that we act for."""
    cause, now = _heard.get(), datetime.now(UTC)
    tells_its_moment = not event.coarse
    if tells_its_moment:
        id = uuid7()
    else:  # an anonymous act: neither its id nor its time tells the minute, nor a trace the person's whole request
        id, now = uuid4(), now.replace(minute=0, second=0, microsecond=0)
    correlation = cause.correlation if cause and tells_its_moment else id
    return Envelope(
        id=id,
        event=event,
        source=source,
        tenant=tenant or current_tenant(),
        time=now,
        correlation=correlation,
        causation=cause.id if cause and tells_its_moment else None,
        traceparent=traceparent() if tells_its_moment else None,
    )


def open_envelope(headers: Mapping[str, str], value: bytes) -> Envelope:
    """Decode strictly; raises Undecodable for anything that is not exactly an event of the catalogue."""
    if not all(map(headers.get, REQUIRED)):
        missing = [name for name in REQUIRED if not headers.get(name)]
        raise Undecodable(f"Attributes are missing: {', '.join(missing)}.")
    if headers["ce_specversion"] != "1.0" or len(value) > MOST_BYTES:
        raise Undecodable("It is not CloudEvents 1.0, or longer than 64 KiB.")
    if headers["ce_type"] not in CATALOGUE:
        raise Undecodable(f"Nobody has declared {headers['ce_type'][:100]!r}.")
    envelope = _decoded(headers, value)
    if envelope.key != headers["ce_partitionkey"]:
        raise Undecodable("The partition key does not belong to its organisation and run.")
    if not envelope.is_of_its_organisation:
        raise Undecodable("The organisation in it is not the one on the envelope.")
    if envelope.time.tzinfo is None:
        raise Undecodable("Its time has no zone.")
    return envelope


def may_tell_its_moment(kind: str | None) -> bool:
    """Whether something about an event of this kind may be noted with its time and place: not about an anonymous act,
    nor about what nobody can read, which might be one."""
    return kind in CATALOGUE and not CATALOGUE[kind].coarse


def open_where_it_lies(found: Any) -> Envelope:
    """Opens a record on the bus, or a dead letter. Who may write on one topic cannot speak for those of another,
    nor slip an event in among another run's."""
    envelope = open_envelope(found.headers, bytes(found.value))
    if (found.topic, found.key) != (envelope.event.topic, found.headers["ce_partitionkey"]):
        raise Undecodable("It lies under a topic or a key that is not its own.")
    if envelope.source != envelope.event.topic.partition(".")[0]:
        raise Undecodable("It was told by a service that does not tell such events.")
    return envelope


class Attributes(msgspec.Struct):
    """CloudEvents' attributes as they travel in headers, those that are read."""

    ce_id: UUID
    ce_source: str
    ce_tenantid: UUID
    ce_time: datetime
    ce_correlationid: UUID | None = None
    ce_causationid: UUID | None = None
    ce_traceparent: str | None = None


def _decoded(headers: Mapping[str, str], value: bytes) -> Envelope:
    try:
        known = msgspec.convert(headers, Attributes)
        return Envelope(
            id=known.ce_id,
            event=msgspec.json.decode(value, type=CATALOGUE[headers["ce_type"]]),
            source=known.ce_source.removeprefix("/polku/"),
            tenant=known.ce_tenantid,
            time=known.ce_time,
            correlation=known.ce_correlationid or known.ce_id,
            causation=known.ce_causationid,
            traceparent=place_in_a_trace(known.ce_traceparent),
        )
    except (
        ValueError,
        msgspec.DecodeError,
        RecursionError,
    ) as error:  # none of them is quoted: they may hold words
        raise Undecodable(f"{type(error).__name__} while decoding {headers['ce_type']}.") from error
