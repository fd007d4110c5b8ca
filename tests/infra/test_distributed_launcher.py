"""How the launcher of distributed services is put together, before anything of it runs."""

import socket
from threading import Event

import pytest

from infra.distributed import broker
from infra.distributed.addresses import PROCESSES, port_of
from infra.distributed.launcher import DistributedLauncher
from infra.processes.ports import PortTaken
from infra.progress import Progress


@pytest.fixture
def launcher(on_free_ports, tmp_path) -> DistributedLauncher:
    return DistributedLauncher(tmp_path, Event(), Progress())


def test_a_kafka_from_elsewhere_is_taken_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("POLKU_KAFKA", "broker.example:9092")
    assert broker.broker_of_our_own(tmp_path, Progress()) is None


def test_who_wants_no_kafka_gets_none(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("POLKU_TRANSPORT", "postgres")
    assert broker.broker_of_our_own(tmp_path, Progress()) is None
    assert capsys.readouterr().out == ""


def test_without_java_events_travel_through_postgresql_and_it_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(broker, "missing", lambda: "Kafka needs Java.")
    assert broker.broker_of_our_own(tmp_path, Progress()) is None
    assert "Events travel through PostgreSQL. Kafka needs Java." in capsys.readouterr().out


def test_a_taken_port_among_the_processes_is_said_with_the_way_out(launcher, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        monkeypatch.setenv("POLKU_DISTRIBUTED_PORT", str(taken - PROCESSES.index("voting-web")))
        assert port_of("voting-web") == taken
        with pytest.raises(PortTaken, match=r"POLKU_DISTRIBUTED_PORT=\d+ make run-distributed"):
            launcher.check_inner_ports()


def test_every_process_has_a_log_and_a_name_of_its_own(launcher):
    assert len({process.log for process in launcher.processes}) == len(launcher.processes) > len(PROCESSES)


def test_the_services_are_told_where_each_other_are(launcher):
    voting = next(process for process in launcher.processes if process.name == "voting-web")
    assert voting.environment["POLKU_SURVEY_URL"] == f"http://127.0.0.1:{port_of('survey-web')}"
