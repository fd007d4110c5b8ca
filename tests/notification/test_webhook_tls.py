"""Calls over TLS: to the machine whose name the trusted certificate bears, and to no other."""

import socket

import pytest

from infra.processes.ports import LOOPBACK
from services.notification.webhooks import http_client as calls
from services.notification.webhooks.http_client import call
from shared.contracts.process import PlanAgreed
from shared.web.outbound import http_client
from tests.notification.certificates import Authority
from tests.notification.receiver import Receiver
from tests.notification.webhooks import verified


@pytest.fixture
def authority(one_machine, tmp_path, monkeypatch):
    """Trusted by this machine, as those of its operating system are."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    http_client.trust.cache_clear()
    yield authority
    http_client.trust.cache_clear()


@pytest.fixture
def showing():
    """A machine called localhost that shows this certificate; it ends with the test."""
    machines = []

    def show(certificate) -> Receiver:
        machines.append(Receiver(certificate=certificate).__enter__())
        return machines[-1]

    yield show
    for machine in machines:
        machine.__exit__()


def test_an_event_arrives_over_tls_with_its_signature(authority, showing, register, hear, calls_go_out):
    asked_for = []
    certificate = authority.secures("localhost")
    certificate.sni_callback = lambda line, name, context: asked_for.append(name)
    machine = showing(certificate)
    hook = register(machine.address)
    hear("notification", PlanAgreed(run_id=hook.id, version=1))
    calls_go_out()
    assert [verified(got, hook.secret)["type"] for got in machine.got] == [PlanAgreed.type]
    assert asked_for == ["localhost"]  # the name, though the call goes to the number that was looked at
    assert hook.log()[0]["status"] == 204


@pytest.mark.parametrize("host, days", [("elsewhere.example", 1), ("localhost", -1)])
def test_a_certificate_of_another_name_or_out_of_date_gets_nothing(authority, showing, host, days):
    machine = showing(authority.secures(host, days))
    assert call(machine.address, {}, b"a secret").trouble == "tls"
    assert machine.got == []


def test_a_certificate_that_nobody_vouches_for_gets_nothing(authority, showing, tmp_path):
    (tmp_path / "stranger").mkdir()
    machine = showing(Authority(tmp_path / "stranger").secures("localhost"))
    assert call(machine.address, {}, b"a secret").trouble == "tls"
    assert machine.got == []


def test_a_handshake_that_never_ends_is_cut_off(authority, monkeypatch):
    monkeypatch.setattr(calls, "ALL_SECONDS", 0.3)
    with socket.create_server((LOOPBACK, 0)) as silent:
        address = f"https://localhost:{silent.getsockname()[1]}/hooks"
        assert call(address, {}, b"a secret").trouble == "too_slow"
