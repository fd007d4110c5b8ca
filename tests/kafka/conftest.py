"""A real Kafka for the tests that ask for one: where Maven and Java are missing they are skipped, or fail when told to."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from infra.kafka.artifacts import Artifacts
from infra.kafka.broker import Kafka
from infra.kafka.needs import missing
from infra.secrets import ensure_secrets


def ask_for_kafka() -> None:
    """Skip with the reason; `make test-kafka` has promised to run, so there it fails."""
    if lack := missing():
        (pytest.fail if os.environ.get("POLKU_TEST_KAFKA") else pytest.skip)(lack)


QUICK_TO_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # no broker of a test lives for long


@pytest.fixture(scope="session")
def jars(tmp_path_factory) -> Iterator[None]:
    """Fetched once for all brokers of the run, also those that a launcher starts."""
    ask_for_kafka()
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "kafka-jars"
    with FileLock(f"{folder}.lock"):
        Artifacts(folder / "libs").fetch()
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_KAFKA_JARS", str(folder / "libs"))
        settings.setenv("JDK_JAVA_OPTIONS", QUICK_TO_START)
        yield


def a_broker(home: Path, security: str) -> Kafka:
    private, _ = ensure_secrets(home)
    return Kafka(home, json.loads(private.read_text()), security=security)


@pytest.fixture(scope="session")
def guarded_kafka(jars, tmp_path_factory) -> Iterator[Kafka]:
    """With passwords and rules; the test session's own."""
    home = tmp_path_factory.mktemp("guarded")
    kafka = a_broker(home, "SASL_PLAINTEXT")
    kafka.start()
    kafka.furnish()
    yield kafka
    kafka.stop()
    shutil.rmtree(home)
