"""Addresses of a running Polku, for whoever walks its pages."""

from dataclasses import dataclass
from pathlib import Path

from infra.one_machine.addresses import our_ports
from shared.settings import base_domain, state_directory


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
    """The one that this environment's settings lead to."""
    ports = {name.removeprefix("POLKU_").removesuffix("_PORT"): port for name, port in our_ports().items()}
    return Installation(state_directory(), ports, base_domain())
