"""`make kafka`: whoever types it is told how to enter, may ask whether it is well, and ends it with Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from kafka.errors import TopicAuthorizationFailedError

from infra.database.postgres import free_port
from infra.kafka.broker import Kafka
from tests.kafka.conftest import ask_for_kafka
from tests.kafka.test_broker import listen, tell

kafka_is_real = pytest.mark.kafka


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """An installation that has seen no broker yet."""
    ask_for_kafka()
    return tmp_path_factory.mktemp("installation")


def command(home: Path, *words: str, **settings: str) -> subprocess.Popen:
    """As `make kafka` calls it, told nothing but where the installation is."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("POLKU_")}
    told |= {"POLKU_HOME": str(home)} | {f"POLKU_{name}": value for name, value in settings.items()}
    line = [sys.executable, "-m", "infra.kafka", *words]
    return subprocess.Popen(line, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def until_ctrl_c(home: Path, **settings: str):
    """What it says until it is ready, and its process."""
    process = command(home, KAFKA_PORT=str(free_port()), **settings)
    said = ""
    try:
        for line in process.stdout:  # ends with the process, if it never gets so far
            said += line
            if "Kafka is ready" in line:
                break
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=60)[0]
    assert process.returncode == 0, said


def health(home: Path) -> tuple[int, str]:
    asked = command(home, "healthy")
    said, _ = asked.communicate(timeout=60)
    return asked.returncode, said


def as_a_client(home: Path, security: str) -> Kafka:
    return Kafka(home, json.loads((home / "secrets.json").read_text()), security=security)


@kafka_is_real
def test_it_is_ready_with_topics_principals_and_rules_and_gone_after_ctrl_c(home):
    with until_ctrl_c(home) as (_, said):
        broker = as_a_client(home, "SASL_PLAINTEXT")
        assert "topics, principals and rules" in said
        assert f"POLKU_KAFKA={broker.bootstrap} POLKU_KAFKA_SECURITY=SASL_PLAINTEXT" in said
        assert health(home) == (0, f"Kafka at {broker.bootstrap} answers.\n")
        tell(broker, "voting")
        assert listen(broker, "lineage")
        with pytest.raises(TopicAuthorizationFailedError):
            tell(broker, "voting", "survey.view")
    assert not psutil.pid_exists(broker.process.pid)
    assert health(home)[0] == 1


@kafka_is_real
def test_without_passwords_it_does_not_speak_of_rules_that_are_not_there(home):
    with until_ctrl_c(home, KAFKA_SECURITY="PLAINTEXT") as (_, said):
        broker = as_a_client(home, "PLAINTEXT")
        assert "rules" not in said and "without a password" in said
        assert health(home)[0] == 0
        tell(broker, "voting", "survey.view")


@kafka_is_real
def test_a_guarded_broker_is_found_healthy_whoever_started_it(guarded_kafka):
    assert health(guarded_kafka.home.parent) == (0, f"Kafka at {guarded_kafka.bootstrap} answers.\n")


def test_a_taken_port_is_said_with_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = command(tmp_path, KAFKA_PORT=str(port))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Port {port} is taken" in said and f"POLKU_KAFKA_PORT={port + 1} make kafka" in said


def test_a_slip_of_the_pen_starts_no_broker(tmp_path):
    process = command(tmp_path, "helthy")
    assert "healthy" in process.communicate(timeout=60)[0] and process.returncode == 2
    assert not (tmp_path / "kafka").exists()
