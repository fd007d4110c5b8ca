"""The AsyncAPI document is whole and true; what the official parser says of it: test_asyncapi_parser.py."""

import json
from uuid import uuid4

import pytest

from shared.contracts.asyncapi import asyncapi, consumers
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import PARTITIONS
from shared.messaging.events import CATALOGUE, REQUIRED, envelope_for, hearing

DOCUMENT = asyncapi()


def resolved(pointer: str) -> dict:
    """What stands at #/a/b/c."""
    found = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found["$ref"]) if "$ref" in found else found


def references(part) -> list[str]:
    if isinstance(part, dict):
        here = [part["$ref"]] if "$ref" in part else []
        return here + [found for inner in part.values() for found in references(inner)]
    return [found for inner in part for found in references(inner)] if isinstance(part, list) else []


def types_in(action: str, service: str) -> set[str]:
    operations = [one for one in DOCUMENT["operations"].values() if one["action"] == action]
    mine = [one for one in operations if one["tags"] == [{"name": service}]]
    return {resolved(message["$ref"])["name"] for one in mine for message in one["messages"]}


def test_every_reference_leads_somewhere():
    assert all(resolved(reference) for reference in references(DOCUMENT))


@pytest.mark.parametrize("service", sorted(consumers()))
def test_a_service_receives_what_its_listeners_hear(service):
    assert types_in("receive", service) == consumers()[service]


def test_every_event_is_sent_by_the_service_it_is_named_after():
    speakers = {type.split(".")[1] for type in CATALOGUE}
    for speaker in speakers:
        assert types_in("send", speaker) == {type for type in CATALOGUE if type.split(".")[1] == speaker}


def test_an_operation_says_its_events_alone_of_those_on_its_channel():
    """Two services listen to one channel for different things."""
    heard = DOCUMENT["operations"]["process.hears.voting.tally"]["messages"]
    assert [message["$ref"].rsplit("/", 1)[-1] for message in heard] == ["polku.voting.floor-reached.v1"]


def test_a_channel_says_how_its_topic_is_made():
    for channel in DOCUMENT["channels"].values():
        binding = channel["bindings"]["kafka"]
        assert binding["partitions"] == PARTITIONS
        assert binding["topicConfiguration"]["retention.ms"] == -1


@pytest.mark.parametrize("type", CATALOGUE)
def test_every_message_has_words_a_shape_and_examples_that_fit(type):
    message = DOCUMENT["components"]["messages"][type]
    shape = DOCUMENT["components"]["schemas"][type]
    assert message["summary"]
    assert message["examples"]
    for example in message["examples"]:
        assert set(shape["required"]) <= example["payload"].keys() <= shape["properties"].keys()


def test_the_headers_are_those_that_an_event_has(avi):
    said = DOCUMENT["components"]["messageTraits"]["envelope"]["headers"]
    first = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop")
    with hearing(first):
        second = envelope_for(RoundStarted(run_id=uuid4(), round=2), "workshop")
    assert second.headers.keys() <= said["properties"].keys()
    assert set(said["required"]) == set(REQUIRED) <= first.headers.keys()


def test_no_host_of_anybody_stands_in_the_document():
    assert DOCUMENT["servers"]["cluster"]["host"] == "{brokers}"
    assert "://" not in json.dumps(DOCUMENT)
