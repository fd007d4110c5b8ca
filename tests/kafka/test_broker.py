"""The broker: everybody enters by a password of their own and does what the contracts let them, and nothing is lost."""

import os
import signal
import stat

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from infra.kafka import artifacts, needs
from infra.kafka.access import allowed_now, binding
from infra.kafka.artifacts import Artifacts, KafkaTrouble
from infra.kafka.broker import Kafka
from infra.kafka.configuration import ADMIN, MOST_BYTES_A_MESSAGE
from infra.kafka.topics import settings_of
from infra.secrets import fresh_secrets
from shared.contracts.asyncapi import acls, consumers, topics
from shared.messaging.bus import PARTITIONS
from shared.messaging.events import MOST_BYTES
from shared.settings import SERVICES
from tests.bus.conftest import until

TOPIC = "voting.ranking"
kafka_is_real = pytest.mark.kafka


def tell(kafka, who, topic=TOPIC, value=b"{}", **options):
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap,
        acks="all",
        bootstrap_timeout_ms=8000,
        **kafka.credentials(who),
        **options,
    )
    try:
        return producer.send(topic, value, key=b"k").get(10)
    finally:
        producer.close()


def listen(kafka, who, topic=TOPIC, group=None, at_least=1):
    consumer = KafkaConsumer(
        topic,
        group_id=group or who,
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **kafka.credentials(who),
    )
    try:
        heard = []
        for _ in range(20):
            heard += [record for records in consumer.poll(1000).values() for record in records]
            if len(heard) >= at_least:
                break
        return heard
    finally:
        consumer.close()


def read_without_a_group(kafka, who, topic=TOPIC):
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, **kafka.credentials(who))
    try:
        consumer.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
        consumer.seek_to_beginning()
        return consumer.poll(5000)
    finally:
        consumer.close()


@kafka_is_real
def test_a_service_tells_its_own_topics_and_those_who_listen_hear_it(guarded_kafka):
    tell(guarded_kafka, "voting")
    assert listen(guarded_kafka, "lineage")


@kafka_is_real
def test_a_service_cannot_speak_for_another(guarded_kafka):
    with pytest.raises(TopicAuthorizationFailedError):
        tell(guarded_kafka, "voting", "survey.view")


@kafka_is_real
def test_a_service_hears_only_what_it_listens_to_and_in_its_own_group(guarded_kafka):
    tell(guarded_kafka, "voting")
    assert read_without_a_group(guarded_kafka, "lineage")
    assert not read_without_a_group(guarded_kafka, "townhall")
    with pytest.raises(GroupAuthorizationFailedError):
        listen(guarded_kafka, "lineage", group="workshop")


@kafka_is_real
def test_nobody_enters_with_a_wrong_password_or_with_none(guarded_kafka):
    stranger = Kafka(guarded_kafka.home.parent, {"kafka": dict.fromkeys((ADMIN, *SERVICES), "guessed")})
    stranger.ports, stranger.security = guarded_kafka.ports, "SASL_PLAINTEXT"
    assert not stranger.answers(patience=3)
    stranger.security = "PLAINTEXT"
    assert not stranger.answers(patience=3)
    assert guarded_kafka.answers()


@kafka_is_real
def test_topics_have_our_partitions_and_keep_events_for_ever(guarded_kafka):
    with guarded_kafka.admin() as admin:
        there = {topic["name"]: topic for topic in admin.describe_topics()}
        answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
    ours = {topic["name"] for topic in topics()}
    assert ours <= set(there)
    assert {len(there[name]["partitions"]) for name in ours} == {PARTITIONS}
    kept = {name: setting["value"] for name, setting in answer["topic"][TOPIC].items()}
    assert (kept["retention.ms"], kept["retention.bytes"], kept["cleanup.policy"]) == ("-1", "-1", "delete")


DRIFTED = "practice.agreement"


@pytest.fixture
def mended(guarded_kafka):
    """What the next tests find is as the contracts say."""
    yield guarded_kafka
    guarded_kafka.furnish()


def config_of(kafka, topic):
    with kafka.admin() as admin:
        place = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = admin.describe_configs([place], config_filter="all")["topic"][topic]
    return {name: setting["value"] for name, setting in found.items()}


@kafka_is_real
def test_a_topic_that_would_forget_events_is_mended_and_that_is_said(mended):
    drift = {"retention.ms": "3600000", "max.message.bytes": "1000", "compression.type": "lz4"}
    with mended.admin() as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, DRIFTED, configs=drift)])
    until(lambda: config_of(mended, DRIFTED)["max.message.bytes"] == "1000")
    said = mended.furnish()
    assert sorted(said) == [
        f"{DRIFTED}: max.message.bytes was 1000 and is {MOST_BYTES_A_MESSAGE} again.",
        f"{DRIFTED}: retention.ms was 3600000 and is -1 again.",
    ]
    until(lambda: config_of(mended, DRIFTED)["retention.ms"] == "-1")
    assert config_of(mended, DRIFTED)["compression.type"] == "lz4"
    assert mended.furnish() == []


@kafka_is_real
def test_a_topic_of_other_partitions_is_somebody_elses(mended):
    with mended.admin() as admin:
        admin.delete_topics([DRIFTED])
        until(lambda: DRIFTED not in admin.list_topics())
        admin.create_topics({DRIFTED: {"num_partitions": 6}}, wait_for_metadata=True)
        with pytest.raises(KafkaTrouble, match="has 6 partitions, and ours have 4"):
            mended.furnish()
        admin.delete_topics([DRIFTED])
        until(lambda: DRIFTED not in admin.list_topics())


@kafka_is_real
def test_more_copies_than_brokers_are_refused(guarded_kafka, monkeypatch):
    monkeypatch.setenv("POLKU_KAFKA_REPLICATION", "3")
    with pytest.raises(KafkaTrouble, match="wants every event on 3 brokers"):
        guarded_kafka.furnish()


def test_what_lies_on_three_brokers_is_accepted_by_two():
    topic = topics()[0]
    assert [settings_of(topic, copies)["min.insync.replicas"] for copies in (1, 2, 3)] == ["1", "1", "2"]


def rule(principal, topic, permission=ACLPermissionType.ALLOW):
    what = ResourcePattern(ResourceType.TOPIC, topic)
    return ACL(f"User:{principal}", "*", ACLOperation.READ, permission, what)


@kafka_is_real
def test_a_service_that_listens_no_more_may_read_no_more_and_others_rules_stay(guarded_kafka):
    theirs, denied = rule("reporting", TOPIC), rule("townhall", TOPIC, ACLPermissionType.DENY)
    with guarded_kafka.admin() as admin:
        admin.create_acls([rule("townhall", "survey.view"), theirs, denied])
        until(lambda: rule("townhall", "survey.view") in allowed_now(admin))
        assert guarded_kafka.furnish() == ["townhall may no longer READ the topic survey.view."]
        until(lambda: allowed_now(admin) == {binding(grant) for grant in acls(consumers())})
        anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        every = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
        assert {theirs, denied} <= set(admin.describe_acls(every)[0])
        admin.delete_acls([theirs, denied])
    assert guarded_kafka.furnish() == []


@kafka_is_real
def test_the_largest_event_fits_with_its_headers(guarded_kafka):
    assert tell(guarded_kafka, "voting", value=b"x" * MOST_BYTES).offset >= 0


@kafka_is_real
def test_a_topic_that_nobody_declared_does_not_come_into_being(guarded_kafka):
    with pytest.raises((UnknownTopicOrPartitionError, KafkaError)):
        tell(guarded_kafka, ADMIN, "voting.rumour", max_block_ms=3000)
    with guarded_kafka.admin() as admin:
        assert "voting.rumour" not in admin.list_topics()


@kafka_is_real
def test_what_was_accepted_is_there_after_a_power_cut_and_furnishing_twice_changes_nothing(guarded_kafka):
    told = tell(guarded_kafka, "workshop", "workshop.outcome", b"last words")
    guarded_kafka.kill()
    guarded_kafka.start()
    guarded_kafka.furnish()
    heard = listen(guarded_kafka, "lineage", "workshop.outcome", group="lineage")
    assert [(record.offset, record.value) for record in heard] == [(told.offset, b"last words")]


@kafka_is_real
def test_one_that_was_killed_and_that_nobody_has_asked_after_is_started_anew(guarded_kafka):
    """Its body is still in the table of processes, under the same number and moment of birth."""
    dead = guarded_kafka.process.pid
    os.kill(dead, signal.SIGKILL)
    until(lambda: not guarded_kafka.is_alive)
    guarded_kafka.start()
    assert guarded_kafka.process.pid != dead


@kafka_is_real
def test_a_second_start_finds_the_running_broker(guarded_kafka):
    again = Kafka(
        guarded_kafka.home.parent, {"kafka": guarded_kafka.passwords}, security=guarded_kafka.security
    )
    again.start()
    assert again.process.pid == guarded_kafka.process.pid


@kafka_is_real
def test_passwords_are_in_no_command_line_and_in_no_file_that_others_may_read(guarded_kafka):
    assert guarded_kafka.passwords[ADMIN] not in " ".join(guarded_kafka.process.cmdline())
    assert stat.S_IMODE(guarded_kafka.home.stat().st_mode) == 0o700
    assert not (guarded_kafka.home / "arguments").exists()


def java_that_says(sentence, folder):
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho '{sentence}' >&2\n")
    java.chmod(0o755)
    return str(folder)


@pytest.fixture
def look_again():
    needs.missing.cache_clear()
    yield
    needs.missing.cache_clear()


def test_a_machine_without_java_is_told_what_to_install(tmp_path, monkeypatch, look_again):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no Java" in needs.missing() and "apt-get install openjdk-17" in needs.missing()


def test_an_old_java_is_named(tmp_path, monkeypatch, look_again):
    monkeypatch.setenv("PATH", java_that_says('openjdk version "11.0.2" 2019-01-15', tmp_path))
    assert "this machine has Java 11" in needs.missing()


def test_java_without_maven_is_enough_once_kafka_is_here(tmp_path, monkeypatch, look_again):
    monkeypatch.setenv("PATH", java_that_says('openjdk version "21.0.1" 2023-10-17', tmp_path))
    jars = Artifacts(tmp_path / "libs")
    with pytest.raises(KafkaTrouble, match="fetched by Maven"):
        artifacts.ask_for_java_and_maven(jars)
    jars.folder.mkdir()
    (jars.folder / "fingerprint").write_text(jars.fingerprint)
    artifacts.ask_for_java_and_maven(jars)


def test_a_broken_fetch_leaves_nothing_that_looks_like_a_broker(tmp_path, monkeypatch):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho 'Could not transfer artifact'; exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    jars = Artifacts(tmp_path / "kafka" / "libs")
    with pytest.raises(KafkaTrouble, match="Could not transfer artifact"):
        jars.fetch()
    assert not jars.are_here


def test_another_pom_is_fetched_anew(tmp_path):
    jars = Artifacts(tmp_path)
    (tmp_path / "fingerprint").write_text("of another pom.xml")
    assert not jars.are_here


def test_a_security_that_needs_certificates_is_refused_on_loopback(tmp_path):
    with pytest.raises(KafkaTrouble, match="PLAINTEXT or SASL_PLAINTEXT"):
        Kafka(tmp_path, fresh_secrets(), security="SASL_SSL")
