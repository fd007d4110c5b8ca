"""Samples of events, made up once when an event is released; after that they are history and never made anew."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from shared.contracts.asyncapi.released import Sample
from shared.messaging.events import Envelope, Event

TENANT = uuid5(NAMESPACE_URL, "tenant")
AT = datetime(2026, 2, 9, 9, tzinfo=UTC)  # a full hour, so that it suits coarse events as well
WORDS = {
    "activities": "give_views",
    "activity": "give_views",
    "changed": "time",
    "changed_phases": "prioritise",
    "decision": "accepted",
    "drift": "low_turnout",
    "ends_on": "2026-06-30",
    "goes_on": "prioritise",
    "how": "early",
    "key": "meetings",
    "language": "fi",
    "languages": "fi",
    "next_phase": "workshops",
    "phase": "views",
    "proposed_by": "consultancy",
    "purpose": "survey",
    "readings": "33333333-3333-4333-8333-333333333333",
    "roles": "participant",
    "seal": "3a" * 32,
    "what": "registered",
    "settings": "give_views.moderation",
    "sites": "22222222-2222-4222-8222-222222222222",
    "slug": "avi",
    "template": "hybrid-work",
    "units": "11111111-1111-4111-8111-111111111111",
    "waiting": "move_on",
    "writes_to": "everybody",
    "TenantOpened.kind": "client",
    "WayInChanged.kind": "confirmed",
    "NoticeSent.kind": "invitation",
    "PassageWritten.kind": "idea",
    "OutcomeSignedOff.kind": "solution",
    "DriftNoticed.kind": "late",
    "TownhallScheduled.purpose": "kickoff",
}
PLAIN = {int: 3, float: 0.5, bool: True, datetime: AT, date: AT.date()}


class NoWord(LookupError):
    """A word of an event has no example yet; the message says where to put one."""


def samples_of(event: type[Event]) -> list[Sample]:
    """With no more than an event has to say, and with all that it can say."""
    scant, whole = sample_of(event, all_of_it=False), sample_of(event)
    return [whole] if scant.body == whole.body else [scant, whole]


def sample_of(event: type[Event], all_of_it: bool = True) -> Sample:
    facts = dict(_facts(event, all_of_it))
    envelope = Envelope(
        id=uuid5(NAMESPACE_URL, event.type),
        event=event(**facts),
        source=event.topic.split(".")[0],
        tenant=TENANT,
        time=AT,
        correlation=uuid5(NAMESPACE_URL, "correlation"),
        causation=uuid5(NAMESPACE_URL, "causation") if all_of_it and not event.coarse else None,
    )
    return Sample(headers=envelope.headers, body=msgspec.to_builtins(facts))


def _facts(event: type[Event], all_of_it: bool) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(event)
    for field in msgspec.structs.fields(event):
        if all_of_it or field.required:
            yield field.name, _example(hints[field.name], event, field.name)


def _example(hint: Any, event: type[Event], field: str) -> Any:
    if get_origin(hint) is list:
        return [_example(get_args(hint)[0], event, field)]
    if get_origin(hint) is dict:
        key, value = get_args(hint)
        return {_example(key, event, field): "after" if value is str else _example(value, event, field)}
    if options := get_args(hint):
        return _example(options[0], event, field)
    if hint is UUID:
        return TENANT if field == "client_id" else uuid5(NAMESPACE_URL, field)
    return PLAIN[hint] if hint in PLAIN else _word(event, field)


def _word(event: type[Event], field: str) -> str:
    word = WORDS.get(f"{event.__name__}.{field}", WORDS.get(field))
    if word is None:
        raise NoWord(
            f"Add an example of {event.__name__}.{field} to WORDS in tests/contracts/golden_samples.py, and run this again."
        )
    return word
