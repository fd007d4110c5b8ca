"""Failure case 18: an event that contradicts itself about whose it is reaches nobody's rooms."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from infra.rooms import rooms
from shared.contracts.process import RunMoved
from shared.messaging.events import CATALOGUE, Undecodable, envelope_for, open_envelope, open_where_it_lies
from shared.messaging.messaging_tables import dead_letter
from shared.tenancy.sessions import acting_for


def test_an_event_in_another_organisations_name_is_laid_aside(delivery, kela):
    row = delivery.row()
    delivery.lay(row, headers=row["headers"] | {"ce_tenantid": str(kela)})
    delivery.handle()
    assert delivery.dead == ["The partition key does not belong to its organisation and run."]
    assert delivery.written == []
    with acting_for(kela):
        assert delivery.written == []


def test_an_event_under_another_runs_key_is_laid_aside(delivery, avi):
    row = delivery.row()
    delivery.lay(row, headers=row["headers"] | {"ce_partitionkey": f"{avi}:{uuid4()}"})
    delivery.handle()
    assert delivery.dead == ["The partition key does not belong to its organisation and run."]


def test_an_event_that_lies_in_another_runs_place_is_laid_aside(delivery, avi):
    """The key that the broker orders by is not the one on the envelope."""
    delivery.lay(delivery.row(), key=f"{avi}:{uuid4()}")
    delivery.handle()
    assert (delivery.written, delivery.dead) == ([], ["It lies under a topic or a key that is not its own."])


def test_an_event_on_a_topic_of_another_service_is_laid_aside(delivery):
    """Who may write on one topic cannot speak for those who may write on another."""
    delivery.listeners.on(CATALOGUE["polku.voting.voting-ended.v1"])(lambda ended, session: None)
    delivery.lay(delivery.row(), topic="voting.ranking")
    delivery.handle()
    assert (delivery.written, delivery.dead) == ([], ["It lies under a topic or a key that is not its own."])


def test_a_letter_that_was_laid_aside_for_its_place_is_not_believed_later_either(delivery, avi):
    row = delivery.row()
    delivery.lay(row, key=f"{avi}:{uuid4()}")
    delivery.handle()
    with delivery.bus.engine.connect() as connection:
        row = connection.execute(select(dead_letter)).one()
    with pytest.raises(Undecodable, match="not its own"):
        open_where_it_lies(row)
    assert open_envelope(row.headers, row.value).event.round == 1


@pytest.fixture
def moved(avi, kela):
    return RunMoved(run_id=uuid4(), client_id=avi, consultancy_id=kela, phase="views")


def test_where_a_run_is_can_be_told_of_ones_own_alone(moved, kela):
    with acting_for(kela), pytest.raises(ValueError, match="an organisation that we do not act for"):
        envelope_for(moved, "process").as_row()


def test_where_a_run_is_is_believed_of_ones_own_alone(moved, kela):
    envelope = envelope_for(moved, "process")
    value = envelope.as_row()["value"]
    assert open_envelope(envelope.headers, value).event == moved
    forged = envelope.headers | {"ce_tenantid": str(kela), "ce_partitionkey": f"{kela}:{moved.run_id}"}
    with pytest.raises(Undecodable, match="not the one on the envelope"):
        open_envelope(forged, value)


def reactions():
    for service, room in rooms("listeners").items():
        for event, heard in room.listeners.reactions.items():
            yield from ((service, event, reaction) for reaction in heard)


def test_only_its_own_word_opens_a_service_the_door_to_another_organisation():
    """A reaction that acts for an organisation named inside the event trusts whoever told it. Others bring no more than
    how many rows they have forgotten of an erased organisation."""
    through_doors = [(service, event) for service, event, reaction in reactions() if reaction.acts_for]
    assert through_doors
    others = [event for service, event in through_doors if event.topic.split(".")[0] != service]
    assert {field for event in others for field in event.__struct_fields__} <= {"rows", "consultancy_id"}


def test_an_event_that_names_its_client_says_that_it_belongs_to_it():
    naming = {event for event in CATALOGUE.values() if "client_id" in event.__struct_fields__}
    assert {event.belongs_to for event in naming} == {"client_id"}
