"""Every event says what happened, is content-blind, and is heard or kept on purpose."""

import inspect
import re
from datetime import date, datetime
from typing import get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import pytest

from shared import contracts as contracts
from shared.contracts.asyncapi import asyncapi
from shared.messaging.events import CATALOGUE
from shared.settings import SERVICES

EVENTS = list(CATALOGUE.values())
# Short words with a fixed meaning; everything else that is a string would be free text.
WORDS = {
    "kind", "slug", "language", "languages", "ends_on", "template", "proposed_by", "phase", "next_phase", "activities",
    "activity", "goes_on", "settings", "how", "purpose", "key", "decision", "roles", "drift", "waiting", "units", "sites",
    "readings", "changed_phases", "writes_to", "changed", "seal", "what",
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_says_what_happened(event):
    assert inspect.getdoc(event).rstrip().endswith((".", "?"))
    assert event.topic.split(".")[0] in SERVICES
    assert re.fullmatch(r"polku\.[a-z]+\.[a-z-]+\.v\d+", event.type)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_no_event_has_room_for_free_text(event):
    hints = get_type_hints(event)
    for field in msgspec.structs.fields(event):
        if not is_id_or_number(hints[field.name]):
            assert field.name in WORDS, f"{event.type}.{field.name} could hold what a person wrote"


def is_id_or_number(hint) -> bool:
    if get_origin(hint) in (list, dict) or get_args(hint):
        return all(is_id_or_number(part) for part in get_args(hint))
    return hint in (UUID, int, float, bool, datetime, date, type(None))


def test_the_asyncapi_document_holds_every_event():
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert set(document["components"]["messages"]) == set(CATALOGUE)
    for name, message in document["components"]["messages"].items():
        schema = document["components"]["schemas"][message["payload"]["$ref"].rsplit("/", 1)[-1]]
        assert set(schema["properties"]) == {field.name for field in msgspec.structs.fields(CATALOGUE[name])}
