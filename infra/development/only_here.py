"""Development is for one person's machine and invented people: its commands refuse whatever looks like an installation for others."""

from ipaddress import ip_address
from pathlib import Path

from infra.one_machine.addresses import listens_at
from infra.processes.ports import LOOPBACK
from infra.trouble import CannotStart
from shared.settings import base_domain, setting, state_directory


class NotForDevelopment(CannotStart):
    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Development is for the demonstration on your own machine alone: start it without that "
            "setting, or with a POLKU_HOME of its own."
        )


def insist() -> None:
    """Raises NotForDevelopment when a setting or the state directory says that this is not a machine for trying things out."""
    if why := what_speaks_against(state_directory()):
        raise NotForDevelopment(why)


def what_speaks_against(home: Path) -> str | None:
    if setting("DEMONSTRATION", "yes") not in ("yes", "empty"):
        return "POLKU_DEMONSTRATION says that this is no demonstration."
    if setting("GATEWAY", "no") != "no":
        return "POLKU_GATEWAY says that a gateway stands before this installation."
    if not is_loopback(listens_at()):
        return f"POLKU_LISTENS_AT={listens_at()} is open to others."
    if not base_domain().endswith(".localhost"):
        return f"POLKU_BASE_DOMAIN={base_domain()} leads to more than this machine."
    if not is_loopback(setting("DATABASE", LOOPBACK).rpartition("/")[0].rpartition(":")[0] or LOOPBACK):
        return f"POLKU_DATABASE={setting('DATABASE')} is not on this machine."
    if (home / "secrets.json").exists() and not (home / "run" / "consultancy").exists():
        return f"In {home} lies an installation that is no demonstration."
    return None


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
