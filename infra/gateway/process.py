"""The gateway on this machine: where nginx is, its folder, and how it starts and stops."""

import shutil
import signal
import subprocess
from pathlib import Path

from infra.distributed.addresses import address_of
from infra.gateway.configuration import Addresses, configuration
from infra.processes.ports import LOOPBACK
from infra.processes.process import Process, page_answers
from infra.trouble import CannotStart
from shared.settings import live_port, web_port

PLACES = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
)  # not everybody's PATH has them


class NoNginx(CannotStart):
    def __init__(self) -> None:
        super().__init__(
            "The gateway is nginx, and nginx is not on this machine. Install it (on Debian or Ubuntu: "
            "apt-get install nginx), or start everything in few processes without a gateway: make run."
        )


class GatewayRefused(CannotStart):
    def __init__(self, words: str, path: Path) -> None:
        super().__init__(f"nginx does not take the configuration {path}. Its own words:\n    {words.strip()}")


def nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path=":".join(PLACES))


def gateway(home: Path, environment: dict[str, str]) -> Process:
    """It lets answers finish when it is asked to go, but no stream keeps it."""
    ready = page_answers(web_port(), "/healthz")
    arguments = [*where(home / "gateway"), "-g", "daemon off;"]
    return Process(
        "gateway",
        arguments,
        ready,
        home,
        environment,
        program=nginx() or "nginx",
        stop_signal=signal.SIGQUIT,
    )


def prepare_gateway(home: Path) -> None:
    """Write its configuration, and let nginx itself say whether it is one."""
    if nginx() is None:
        raise NoNginx
    folder = home / "gateway"
    folder.mkdir(exist_ok=True)
    addresses = Addresses(
        listen=(f"{LOOPBACK}:{web_port()}",),
        portal=address_of("portal-web"),
        live=f"{LOOPBACK}:{live_port()}",
        folder=folder,
    )
    (folder / "nginx.conf").write_text(configuration(addresses))
    check(folder)


def check(folder: Path) -> None:
    done = subprocess.run(
        [nginx() or "nginx", "-t", "-q", *where(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise GatewayRefused(done.stderr, folder / "nginx.conf")


def where(folder: Path) -> list[str]:
    return ["-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
