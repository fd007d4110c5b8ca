"""Asks whether our ports are free, and who sits on a taken one."""

import socket

import psutil

from infra.trouble import CannotStart

LOOPBACK = "127.0.0.1"


class PortTaken(CannotStart):
    def __init__(self, port: int, variable: str, command: str = "make run") -> None:
        super().__init__(
            f"Port {port} is taken{_by_whom(port)}. Stop that program, "
            f"or choose another port: {variable}={port + 1} {command}."
        )


def check_ports(ports: dict[str, int], command: str = "make run") -> None:
    """Refuse with a sentence when a port is taken or named twice; `ports` goes by environment variable."""
    for variable, port in ports.items():
        if not is_free(port):
            raise PortTaken(port, variable, command)
    for variable, port in ports.items():
        if list(ports.values()).count(port) > 1:
            raise CannotStart(f"Two of our programs were given port {port}. Give {variable} another one.")


def is_free(port: int) -> bool:
    with socket.socket() as knock:
        knock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            knock.bind((LOOPBACK, port))
        except PermissionError:
            raise CannotStart(f"Port {port} is for administrators only. Choose one above 1023.") from None
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    with socket.socket() as knock:
        knock.settimeout(1)
        return knock.connect_ex((LOOPBACK, port)) == 0


def _by_whom(port: int) -> str:
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.pid]
        return (
            f" by {psutil.Process(listening[0].pid).name()}, process {listening[0].pid}" if listening else ""
        )
    except psutil.Error:
        return ""  # only the administrator may see other people's programs
