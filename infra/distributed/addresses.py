"""Ports of distributed services: consecutive ones, which only they and the gateway need to know."""

from infra.one_machine.addresses import mailbox_port, sign_in_port, smtp_port
from infra.processes.ports import LOOPBACK
from infra.rooms import with_room
from shared.settings import SERVICES, live_port, setting, web_port

PROCESSES = [f"{name}-web" for name in SERVICES] + [f"{name}-worker" for name in with_room("listeners")]


def first_port() -> int:
    return int(setting("DISTRIBUTED_PORT", "8100"))


def port_of(process: str) -> int:
    return first_port() + PROCESSES.index(process)


def address_of(process: str) -> str:
    return f"{LOOPBACK}:{port_of(process)}"


def service_urls() -> dict[str, str]:
    """Returns the services' addresses by environment variable."""
    return {f"POLKU_{name.upper()}_URL": f"http://{address_of(f'{name}-web')}" for name in with_room("app")}


def outer_ports() -> dict[str, int]:
    """Returns the ports that people and their programs reach, by setting: the gateway has the web port."""
    return {
        "POLKU_WEB_PORT": web_port(),
        "POLKU_LIVE_PORT": live_port(),
        "POLKU_SIGN_IN_PORT": sign_in_port(),
        "POLKU_MAILBOX_PORT": mailbox_port(),
        "POLKU_SMTP_PORT": smtp_port(),
    }
