"""Failure case 15: events from a later Polku pass those who do not know them yet, and harm nobody."""

from uuid import uuid4

import msgspec
import pytest

from shared.contracts.asyncapi import consumers
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.contracts.survey import ViewModerated
from shared.contracts.workshop import RoundStarted
from shared.messaging.events import envelope_for, open_envelope

LATER = RoundStarted.type.replace(".v1", ".v2")
HEAR_OF_PHASES = sorted(service for service, types in consumers().items() if PhaseOpened.type in types)


def test_a_fact_that_we_do_not_know_yet_is_passed_over(delivery):
    row = delivery.row(round=4)
    delivery.lay(
        row, value=msgspec.json.encode(msgspec.json.decode(row["value"]) | {"weather": {"sky": ["blue"]}})
    )
    delivery.handle()
    assert (delivery.written, delivery.dead) == ([4], [])


@pytest.mark.parametrize("type", [LATER, "polku.workshop.weather-turned.v1", "com.somebody.else"])
def test_an_event_that_we_do_not_know_yet_is_none_of_our_business(delivery, type):
    """Not even a dead letter: who tells a new version tells the old one beside it, for those who need it."""
    row = delivery.row()
    delivery.lay(row, headers=row["headers"] | {"ce_type": type}, value=b'{"shape": "another"}')
    delivery.lay(delivery.row(round=2))
    delivery.handle()
    assert (delivery.written, delivery.dead) == ([2], [])


def test_a_known_event_in_a_shape_that_it_never_had_is_laid_aside(delivery):
    delivery.lay(delivery.row(), value=b'{"run_id": null, "round": "second"}')
    delivery.lay(delivery.row(round=2))
    delivery.handle()
    assert delivery.written == [2]
    assert delivery.dead == [f"ValidationError while decoding {RoundStarted.type}."]


def test_a_word_that_we_do_not_know_yet_arrives_as_it_is(avi):
    moderated = ViewModerated(run_id=uuid4(), theme_id=uuid4(), view_id=uuid4(), decision="postponed")
    envelope = envelope_for(moderated, "survey")
    assert open_envelope(envelope.headers, envelope.as_row()["value"]).event.decision == "postponed"


@pytest.mark.parametrize("service", HEAR_OF_PHASES)
def test_a_phase_with_activities_and_settings_of_the_future_stops_no_service(hear, service):
    """Each takes what it knows out of a phase; the rest is somebody else's, now or later."""
    run = uuid4()
    planned = RunPlanned(run_id=run, template="hybrid-work", languages=["fi"])
    if RunPlanned.type in consumers()[service]:
        hear(service, planned)
    later = {"phase": "tasting", "activities": ["taste_the_workbook"]}
    hear(service, PhaseOpened(run_id=run, settings={"taste_the_workbook.spoon": "large"}, **later))
    hear(service, PhaseClosed(run_id=run, **later))
