import json
import socket

import pytest

from infra.processes.ports import PortTaken, check_ports, is_free
from infra.trouble import CannotStart
from tests.installed import ports_of


@pytest.fixture
def taken() -> int:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_named_with_the_way_out(taken):
    with pytest.raises(PortTaken, match=f"Port {taken} is taken.*POLKU_WEB_PORT={taken + 1} make run"):
        check_ports({"POLKU_WEB_PORT": taken})


def test_two_of_our_programs_may_not_share_a_port(free_ports):
    port = int(free_ports["POLKU_WEB_PORT"])
    with pytest.raises(CannotStart, match=f"Two of our programs were given port {port}"):
        check_ports({"POLKU_WEB_PORT": port, "POLKU_LIVE_PORT": port})


def test_a_port_is_free_again_after_its_program_has_gone(taken):
    assert not is_free(taken)
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    assert is_free(port)


def test_an_installation_answers_where_it_did_before(tmp_path):
    assert ports_of(tmp_path) == ports_of(tmp_path)


def test_an_installation_answers_elsewhere_when_somebody_has_taken_one_of_its_ports(tmp_path, taken):
    ports = ports_of(tmp_path)
    (tmp_path / "ports.json").write_text(json.dumps(ports | {"SIGN_IN": taken}))
    others = ports_of(tmp_path)
    assert taken not in others.values() and ports_of(tmp_path) == others
