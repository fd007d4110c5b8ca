"""What the launcher's tests need: ports that are free now, and a state directory of their own."""

import socket
from contextlib import ExitStack

import pytest

OURS = ("WEB", "LIVE", "WORKER", "SIGN_IN", "MAILBOX", "SMTP")


@pytest.fixture
def free_ports() -> dict[str, str]:
    """Environment variables that give each of our processes a port nobody uses."""
    with ExitStack() as held:
        knocks = [held.enter_context(socket.socket()) for _ in OURS]
        for knock in knocks:
            knock.bind(("127.0.0.1", 0))
        return {
            f"POLKU_{name}_PORT": str(knock.getsockname()[1])
            for name, knock in zip(OURS, knocks, strict=True)
        }


@pytest.fixture
def on_free_ports(free_ports, monkeypatch, tmp_path) -> dict[str, str]:
    environment = free_ports | {"POLKU_HOME": str(tmp_path)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment
