"""The operator's command that moves house: with a password, over a broker that lets in by rules alone."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from infra.kafka import migrate_to_kafka as moving
from shared.contracts.asyncapi import topics
from shared.messaging.bus.kafka import KafkaEventBus
from shared.messaging.bus.transport import current_transport
from shared.settings import kafka_client_settings, secrets
from tests.bus.test_migrate_to_kafka import life as life
from tests.bus.test_migrate_to_kafka import log_some
from tests.bus.test_migrate_to_kafka import owner as owner
from tests.bus.transports import wait_until_gone
from tests.shared.conftest import empty_the_bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables

TOPIC, ROUNDS = "workshop.round", 5


@pytest.fixture
def guarded(guarded_kafka, owner_of_tables, monkeypatch, tmp_path):
    """The broker of this installation, by its settings; the passwords lie where they always do, and on its topics lies nothing."""
    empty_the_bus(owner_of_tables)
    with guarded_kafka.admin() as admin:
        there = sorted(topic["name"] for topic in topics())
        admin.delete_topics(there)
        wait_until_gone(admin, there)
    guarded_kafka.furnish()
    monkeypatch.setenv("POLKU_KAFKA", guarded_kafka.bootstrap)
    monkeypatch.setenv("POLKU_KAFKA_SECURITY", guarded_kafka.security)

    def with_passwords(passwords):
        path = tmp_path / f"{uuid4()}.json"
        path.write_text(json.dumps(ours | {"kafka": passwords}))
        monkeypatch.setenv("POLKU_SECRETS", str(path))

    ours = secrets()
    with_passwords(guarded_kafka.passwords)
    return with_passwords


@pytest.mark.kafka
def test_the_command_moves_a_log_to_a_guarded_broker_once(
    guarded, guarded_kafka, life, owner, engine, capsys
):
    log_some(life, engine, ROUNDS)
    guarded(dict.fromkeys(guarded_kafka.passwords, "guessed"))
    assert moving.main() == 1 and capsys.readouterr().err
    with engine.connect() as connection:
        assert current_transport(connection) == "postgres"
    guarded(guarded_kafka.passwords)
    assert moving.main() == 0
    assert f"{ROUNDS * len(life.runs)} events lie on Kafka" in capsys.readouterr().out
    with engine.connect() as connection:
        assert current_transport(connection) == "kafka"
    assert positions_as_a_listener_sees_them(engine, guarded_kafka) == positions_of_the_log(engine)
    assert moving.main() == 1 and "already" in capsys.readouterr().err


def positions_as_a_listener_sees_them(engine, guarded_kafka) -> dict:
    """Kafka names empty partitions too, our log only those in which something lies."""
    bus = KafkaEventBus(engine, guarded_kafka.bootstrap, **kafka_client_settings("process"))
    try:
        return {place: end for place, end in bus.ends([TOPIC]).items() if end}
    finally:
        bus.close()


def positions_of_the_log(engine) -> dict:
    ends = text(
        "SELECT topic, partition, next_position FROM log_partition WHERE topic = :topic AND next_position > 0"
    )
    with engine.connect() as connection:
        return {(topic, nr): end for topic, nr, end in connection.execute(ends, {"topic": TOPIC})}


def test_who_does_not_say_where_kafka_is_is_asked(monkeypatch, capsys):
    monkeypatch.delenv("POLKU_KAFKA", raising=False)
    assert moving.main() == 2 and "POLKU_KAFKA=host:port" in capsys.readouterr().err
