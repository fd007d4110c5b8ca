"""Where we call and where we do not: an administrator cannot make our machine knock on its neighbours' doors."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Event as Signal

import pytest

from infra.one_machine.processes import WEB_THREADS
from services.notification.webhooks import http_client as calls
from services.notification.webhooks.http_client import call
from shared.contracts.process import PlanAgreed
from shared.database import engine_of
from shared.web.outbound import Destination, dns, http_client
from tests.notification.test_webhook_failures import until

PUBLIC = "93.184.215.14"


def is_known_as(monkeypatch, *answers: list[str]) -> list[str]:
    """The name service gives these answers, one after the other, the last for ever; who was asked for."""
    waiting, asked = list(answers), []

    def looked_up(host, port, **_):
        asked.append(host)
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(family[ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return asked


def refusal(sari, address: str):
    answer = sari.post("/webhooks", json={"name": "Intranet", "address": address, "types": [PlanAgreed.type]})
    return answer.status_code, answer.json.get("code")


INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.7", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.1.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
    "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "fec0::1",
    "3fff::1", "3fff:fff::1", "5f00::1", "100::1", "100:0:0:1::1",
]  # fmt: skip


@pytest.mark.parametrize("inside", INSIDE)
def test_a_name_that_leads_into_a_closed_network_is_refused(sari, monkeypatch, inside):
    is_known_as(monkeypatch, [inside])
    assert refusal(sari, "https://hooks.example/in") == (422, "not-on-the-internet")


def test_one_inner_address_among_public_ones_is_enough(sari, monkeypatch):
    is_known_as(monkeypatch, [PUBLIC, "10.0.0.7"])
    assert refusal(sari, "https://hooks.example/in") == (422, "not-on-the-internet")


@pytest.mark.parametrize("written", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
                                     "https://2130706433/", "https://0x7f.1/", "https://127.1/"])  # fmt: skip
def test_a_number_written_in_another_way_is_the_same_number(sari, written):
    assert refusal(sari, written) == (422, "not-on-the-internet")


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example/in", "ftp://hooks.example/in", "hooks.example/in", "https://", "https:///in", "",
        "https://sari:secret@hooks.example/", "https://hooks.example/#here", "https://hooks.example:22/",
        "https://hooks.example:99999/", "https://hooks.example/a b", "https://hooks.example/\r\nX-Evil: yes",
        "https://hooks.example/ä", "file:///etc/passwd", "https://" + 64 * "a" + ".example/",
    ],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(sari, monkeypatch, address):
    asked = is_known_as(monkeypatch, [PUBLIC])
    assert refusal(sari, address)[0] == 422
    assert not asked


def test_a_public_address_is_taken(sari, monkeypatch):
    is_known_as(monkeypatch, [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    assert refusal(sari, "https://hooks.example/in?key=1") == (201, None)
    assert refusal(sari, "https://hooks.example:8443/in") == (201, None)


def test_a_name_that_nobody_knows_is_refused(sari, monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert refusal(sari, "https://hooks.example/in") == (422, "no-such-host")


@pytest.fixture
def slow(monkeypatch) -> Iterator[list[str]]:
    """Names that begin with "slow" are not answered for before the test is over; who was asked for."""
    asked, over = is_known_as(monkeypatch, [PUBLIC]), Signal()
    answer = socket.getaddrinfo

    def looked_up(host, port, **_):
        found = answer(host, port)
        if host.startswith("slow"):
            over.wait()
        return found

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield asked
    over.set()
    until(lambda: not dns._in_flight)


def test_a_name_that_nobody_answers_for_is_not_waited_for_long(sari, slow, monkeypatch):
    monkeypatch.setattr(dns, "SECONDS", 0.2)
    assert refusal(sari, "https://slow.example/in") == (422, "host-not-found-in-time")


def test_names_that_hang_leave_a_thread_to_everybody_else(sari, slow, kela, monkeypatch):
    """Three of ours are looked up for as long as it takes; a fourth is refused, and another organisation is not kept waiting."""
    assert dns.MOST_OUT < WEB_THREADS
    monkeypatch.setattr(dns, "SECONDS", 0.5)
    with ThreadPoolExecutor() as hanging:
        for number in range(dns.MOST_OUT):
            hanging.submit(refusal, sari, f"https://slow-{number}.example/in")
        until(lambda: len(slow) == dns.MOST_OUT)
        assert refusal(sari, "https://slow-4.example/in") == (409, "still-looking-up")
        assert refusal(sari.of(kela), "https://hooks.example/in") == (201, None)


def test_a_name_that_hangs_is_a_failure_of_its_own_delivery_alone(
    sari, register, hear, calls_go_out, slow, monkeypatch
):
    hook = register("https://hooks.example/in")
    monkeypatch.setattr(dns, "SECONDS", 0.2)
    moved = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **how: moved("slow", port, **how))
    hear("notification", PlanAgreed(run_id=hook.id, version=1))
    calls_go_out()
    [line] = hook.log()
    assert (line["state"], line["trouble"]) == ("waiting", "slow_host")


def test_no_transaction_is_open_while_a_name_is_looked_up(sari, register, monkeypatch):
    is_known_as(monkeypatch, [PUBLIC])
    answer, in_use = socket.getaddrinfo, []

    def looked_up(host, port, **_):
        in_use.append(engine_of("notification").pool.checkedout())
        return answer(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    hook = register("https://hooks.example/in")
    moved = {"name": "Intranet", "address": "https://elsewhere.example/in", "types": [PlanAgreed.type]}
    assert sari.put(hook.path, json=moved).status_code == 200
    assert sari.get(hook.path).json["address"] == moved["address"]
    assert in_use == [0, 0]


@pytest.mark.parametrize(
    ("address", "code"),
    [("https://10.0.0.7/in", "not-on-the-internet"), ("http://hooks.example/in", "not-an-endpoint")],
)
def test_an_endpoint_is_not_moved_to_where_we_do_not_call(sari, register, monkeypatch, address, code):
    is_known_as(monkeypatch, [PUBLIC], ["10.0.0.7"])
    hook = register("https://hooks.example/in")
    moved = {"name": "Chat", "address": address, "types": [PlanAgreed.type]}
    answer = sari.put(hook.path, json=moved)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    kept = sari.get(hook.path).json
    assert (kept["address"], kept["name"]) == ("https://hooks.example/in", "Intranet")


def test_our_own_machine_is_called_in_the_demonstration_alone(sari, receiver, monkeypatch):
    assert refusal(sari, receiver.address) == (201, None)
    monkeypatch.setenv("POLKU_DEMONSTRATION", "no")
    assert refusal(sari, receiver.address) == (422, "not-an-endpoint")


def test_the_demonstration_opens_no_other_closed_network(sari, one_machine, monkeypatch):
    is_known_as(monkeypatch, ["10.0.0.7"])
    assert refusal(sari, "https://hooks.example/in") == (422, "not-on-the-internet")
    assert refusal(sari, "http://hooks.example:8080/in") == (422, "not-on-the-internet")


def test_a_network_that_the_operator_has_opened_is_called_over_https_alone(sari, monkeypatch):
    monkeypatch.setenv("POLKU_OUTGOING_NETWORKS", "fd12:3456::/48, 10.20.3.7/16")
    is_known_as(monkeypatch, ["10.20.255.1", "fd12:3456::1", "::ffff:10.20.0.1"])
    assert refusal(sari, "https://hooks.agency.example/in") == (201, None)
    assert refusal(sari, "http://hooks.agency.example:8080/in") == (422, "not-an-endpoint")
    is_known_as(monkeypatch, ["10.20.255.1", "10.21.0.1"])
    assert refusal(sari, "https://hooks.agency.example/in") == (422, "not-on-the-internet")


def test_a_public_machine_is_not_called_without_encryption(sari, one_machine, monkeypatch):
    is_known_as(monkeypatch, [PUBLIC])
    assert refusal(sari, "http://hooks.example:8080/in") == (422, "not-an-endpoint")


def test_a_name_that_has_moved_inside_since_is_not_called(
    sari, register, receiver, hear, calls_go_out, monkeypatch
):
    monkeypatch.setenv("POLKU_DEMONSTRATION", "no")
    is_known_as(monkeypatch, [PUBLIC], ["127.0.0.1"])
    port = receiver.address.rsplit(":", 1)[1].partition("/")[0]
    hook = register(f"https://hooks.example:{port}/in")
    hear("notification", PlanAgreed(run_id=hook.id, version=1))
    calls_go_out()
    assert receiver.got == []
    assert hook.log()[0]["trouble"] == "closed_network"


def test_the_call_goes_to_the_address_that_was_looked_at(monkeypatch):
    asked = is_known_as(monkeypatch, [PUBLIC], ["127.0.0.1"])
    called = []

    def nobody_answers(address, port, seconds):
        called.append((address, port))
        raise ConnectionRefusedError

    monkeypatch.setattr(http_client, "connect", nobody_answers)
    assert call("https://hooks.example/in", {}, b"{}").trouble == "no_connection"
    assert asked == ["hooks.example"]  # once: a second look could get another answer
    assert called == [(PUBLIC, 443)]


def test_a_proxy_of_the_machine_is_not_asked(receiver, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert call(receiver.address, {}, b"{}").is_good


def test_a_redirect_is_not_followed(receiver):
    receiver.usual = 302
    answer = call(receiver.address, {}, b"{}")
    assert (answer.status, answer.trouble) == (302, "refused")
    assert [got.path for got in receiver.got] == ["/hooks"]


@pytest.mark.parametrize("slowness", ["hang", "drip"])
def test_an_answer_that_never_ends_is_cut_off(receiver, monkeypatch, slowness):
    receiver.usual = slowness
    monkeypatch.setattr(calls, "ALL_SECONDS", 0.3)
    assert call(receiver.address, {}, b"{}").trouble == "too_slow"


def test_a_machine_that_speaks_no_tls_gets_nothing(receiver):
    address = receiver.address.replace("http://", "https://")
    assert call(address, {}, b"a secret").trouble == "tls"
    assert receiver.got == []


def test_nobody_there_is_said_plainly(one_machine):
    assert call("http://127.0.0.1:1026/", {}, b"{}").trouble == "no_connection"


def test_an_international_name_is_called_by_its_ascii_form():
    assert Destination.at("https://päätös.example/in").host == "xn--pts-qlaa3i.example"
