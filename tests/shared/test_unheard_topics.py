"""A topic that a service stops hearing leaves no lag behind, and one that is heard again is done once all the same."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text

from shared.contracts.asyncapi import topics_heard
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus.state import bus_state
from shared.messaging.consumer import Consumer
from shared.messaging.listeners import Listeners
from shared.migrations.unheard import forget_unheard_topics
from shared.migrations.upgrade import up
from tests.shared.conftest import SERVICE, Note, lay, on_its_way

TOPIC = RoundStarted.topic
POSITIONS = text("SELECT DISTINCT grp, topic FROM group_partition WHERE committed = 3")


@pytest.fixture
def listeners():
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def write_the_round_down(started, session):
        session.add(Note(words=str(started.round)))

    return listeners


def tell(bus, *rounds):
    for number in rounds:
        lay(bus, on_its_way(RoundStarted(run_id=uuid4(), round=number)))


def hear(listeners, notes, bus):
    consumer = Consumer(listeners, notes, bus)
    while consumer.run_once():
        pass
    consumer.close()


def written(notes):
    with notes() as session:
        return sorted(int(words) for words in session.scalars(select(Note.words)))


def has_read(owner, group, topic):
    with owner.begin() as connection:
        stand = "INSERT INTO group_partition (grp, topic, partition, committed) VALUES (:group, :topic, 0, 3)"
        connection.execute(text(stand), {"group": group, "topic": topic})


def test_an_upgrade_leaves_positions_of_what_is_heard_alone(bus, owner_of_tables):
    assert "survey.attendance" not in topics_heard()["identity"]
    assert "process.run" in topics_heard()["identity"] & topics_heard()["voting"]
    for group, topic in (
        ("identity", "survey.attendance"),  # heard until identity asked itself who took part
        ("identity", "process.run"),
        ("voting", "process.run"),
        ("portal", "process.run"),  # hears nothing at all
    ):
        has_read(owner_of_tables, group, topic)
    up()
    with owner_of_tables.connect() as connection:
        left = {tuple(row) for row in connection.execute(POSITIONS)}
    assert left == {("identity", "process.run"), ("voting", "process.run")}


def test_what_nobody_hears_any_more_does_not_count_as_unhandled(bus, engine, owner_of_tables, avi):
    tell(bus, 1, 2)
    with owner_of_tables.begin() as connection:
        stand = "INSERT INTO group_partition (grp, topic, partition) SELECT 'portal', topic, partition FROM log_partition"
        connection.execute(text(stand))
    assert bus_state(engine, SERVICE)["handled"] == 0
    with owner_of_tables.begin() as connection:
        forget_unheard_topics(connection)
    state = bus_state(engine, SERVICE)
    assert state["handled"] == state["told"] == 2


def test_a_topic_that_is_heard_again_is_done_from_its_beginning_and_nothing_of_it_twice(
    notes, bus, owner_of_tables, avi, listeners
):
    tell(bus, 1, 2, 3)
    hear(listeners, notes, bus)
    with owner_of_tables.begin() as connection:
        forget_unheard_topics(connection, topics_heard() | {SERVICE: {"process.run"}})
        assert not connection.scalar(text("SELECT count(*) FROM group_partition"))
    tell(bus, 4, 5)
    hear(listeners, notes, bus)
    assert written(notes) == [1, 2, 3, 4, 5]
