"""Addresses of a running Polku, for whoever walks its pages."""

from dataclasses import dataclass
from pathlib import Path

from infra.one_machine.addresses import our_ports
from shared.settings import base_domain, launcher_that_runs, state_directory


@dataclass(frozen=True)
class Installation:
    """A running Polku: its home, its ports, its addresses."""

    home: Path
    ports: dict[str, int]
    base_domain: str = "polku.localhost"

    def site(self, slug: str) -> str:
        return f"http://{slug}.{self.base_domain}:{self.ports['WEB']}"

    @property
    def console(self) -> str:
        return self.site("console")

    @property
    def sign_in(self) -> str:
        return f"http://127.0.0.1:{self.ports['SIGN_IN']}"

    @property
    def mailbox(self) -> str:
        return f"http://127.0.0.1:{self.ports['MAILBOX']}"


def running_here() -> Installation:
    """Returns the one that runs from this state directory, by the ports that its launcher noted; else the one that the settings lead to."""
    known = our_ports() | launcher_that_runs().get("ports", {})
    ports = {name.removeprefix("POLKU_").removesuffix("_PORT"): port for name, port in known.items()}
    return Installation(state_directory(), ports, base_domain())
