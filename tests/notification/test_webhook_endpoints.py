"""Where we call and where we do not: an administrator cannot make our machine knock on its neighbours' doors."""

import socket
from ipaddress import ip_address

import pytest

from services.notification import calls
from services.notification.calls import call
from services.notification.endpoints import Endpoint
from shared.contracts.process import PlanAgreed

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


def test_our_own_machine_is_called_in_the_demonstration_alone(sari, receiver, monkeypatch):
    assert refusal(sari, receiver.address) == (201, None)
    monkeypatch.setenv("POLKU_DEMONSTRATION", "no")
    assert refusal(sari, receiver.address) == (422, "not-an-endpoint")


def test_the_demonstration_opens_no_other_closed_network(sari, one_machine, monkeypatch):
    is_known_as(monkeypatch, ["10.0.0.7"])
    assert refusal(sari, "https://hooks.example/in") == (422, "not-on-the-internet")
    assert refusal(sari, "http://hooks.example:8080/in") == (422, "not-on-the-internet")


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

    def nobody_answers(place, timeout):
        called.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", nobody_answers)
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
    assert Endpoint.at("https://päätös.example/in").host == "xn--pts-qlaa3i.example"
