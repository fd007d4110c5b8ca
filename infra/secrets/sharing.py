"""Shares secrets out: each process has a folder of its own with what it needs, and none has everything.

On one machine the folders lie in the state directory; in containers each is a volume that only this process mounts.
"""

from collections.abc import Iterable
from pathlib import Path

from infra.rooms import with_room
from infra.secrets import ISSUERS, SEALERS, public_half, read, write
from shared.settings import SERVICES, operator_of, worker_of
from shared.web.tokens import ASKS_WHO_TOOK_PART

IN_CONTAINERS = Path("/keys/parts")
ALL_SERVICES = ("web", "worker")  # of one machine
GROUPS = ("database", "former_database", "kafka", "signing", "vault")


def processes_in_containers() -> list[str]:
    webs = [f"{name}-web" for name in with_room("app")]
    return [*webs, "live", *(f"{name}-worker" for name in with_room("listeners"))]


def folder_of_processes(home: Path) -> Path:
    """The folder keeps the name that it has in every installation."""
    return IN_CONTAINERS if IN_CONTAINERS.is_dir() else home / "parts"


def share(home: Path, processes: Iterable[str] = ()) -> None:
    """Writes what each process needs, and for those that have a folder already anew. First all public keys, then the private
    ones: who signs with a new key is understood everywhere."""
    made, folder = read(home / "secrets.json"), folder_of_processes(home)
    folders = {
        process: folder / process for process in {*processes, *(path.name for path in folder.glob("*"))}
    }
    for place in folders.values():
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        write(place / "jwks.json", public_half(made))
    for process, place in folders.items():
        write(place / "secrets.json", share_of(process, made))


def settings_of(home: Path, process: str) -> dict[str, str]:
    """Returns where a process finds its secrets, as environment."""
    place = folder_of_processes(home) / process
    return {"POLKU_SECRETS": str(place / "secrets.json"), "POLKU_JWKS": str(place / "jwks.json")}


def share_of(process: str, made: dict) -> dict:
    """Returns the secrets that a process gets; one that is not ours, such as the demonstration's mailbox, gets none."""
    needed = needs_of(process)
    chosen = {
        group: {name: made[group][name] for name in needed[group] if name in made[group]}
        for group in GROUPS
        if group in made
    }
    flash = {"flash": made["flash"]} if "portal" in needed["flash"] else {}
    return {group: held for group, held in chosen.items() if held} | flash


def needs_of(process: str) -> dict[str, set[str]]:
    services = services_of(process)
    works, answers = process.endswith("worker"), process.endswith("web")
    roles = (
        {role for service in services for role in roles_of(service, works)} if process != "live" else services
    )
    return {
        "database": roles,
        "former_database": roles,
        "kafka": services if works else set(),
        "signing": {issuer for service in services for issuer in issuers_of(service, works)},
        "vault": services & set(SEALERS),
        "flash": services if answers else set(),
    }


def issuers_of(service: str, works: bool) -> set[str]:
    """Returns the issuers for which a process of this service signs. Identity's worker signs the question who took part alone, and
    no person's token (docs/decisions/0075)."""
    if service == "identity":
        return {ASKS_WHO_TOOK_PART} if works else {"identity", ASKS_WHO_TOOK_PART}
    return {service} & set(ISSUERS)


def roles_of(service: str, works: bool) -> set[str]:
    """Returns the roles of a worker, or of what answers people: that shows the operator dead letters, too."""
    return {worker_of(service)} if works else {service, operator_of(service)}


def services_of(process: str) -> set[str]:
    """Live speaks to the services as the portal does, and listens in its name."""
    named = {"live": {"portal"}} | {whole: set(SERVICES) for whole in ALL_SERVICES}
    return named.get(process) or {process.rpartition("-")[0]} & set(SERVICES)
