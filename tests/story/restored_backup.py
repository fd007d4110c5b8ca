"""A backup of before the key's day, brought back after it beside the installation, in a folder and a database of its own.

Whoever has it and the key that opens it finds out who wrote what until it has aged out, as the pages say. With the ledger of
destroyed keys, as an operator brings it back, nobody does.
"""

import shutil
from pathlib import Path

from infra.backup.sealing import PRIVATE
from infra.demo.walker.journey import Road
from tests.story.attacker import administrator_of
from tests.story.opener import at_home, opened_by_keys, said_by

DATABASE = "brought_back"
TAKEN_ALONG = ("secrets.json", "jwks.json", PRIVATE)


def folder_of(road: Road) -> Path:
    """Beside the installation's home, so that no search of that one's files meets it."""
    return road.polku.home.with_name(f"{road.polku.home.name}-{road.client.slug}-backup")


def back_up(road: Road) -> None:
    said_by("infra.backup", str(folder_of(road)), environment=at_home(road.polku.home))


def attack(road: Road) -> None:
    """Brings it back without the ledger first, which shows that there is something to be found, and then with it."""
    trial = trial_of(road)
    try:
        bring_back(road, trial)
        road.report["attacks.until backups are gone.opened hands"] = opened_in(road, trial)
        bring_back(road, trial, "--ledger", str(road.polku.home / "keys"))
        road.report["attacks.after.opened hands of a backup"] = opened_in(road, trial)
    finally:
        forget(road, trial)


def trial_of(road: Road) -> Path:
    trial = folder_of(road).with_suffix(".trial")
    trial.mkdir(mode=0o700)
    for name in TAKEN_ALONG:
        shutil.copy(road.polku.home / name, trial)
    return trial


def bring_back(road: Road, trial: Path, *options: str) -> None:
    said_by("infra.restore", str(folder_of(road)), *options, environment=around(road, trial))


def opened_in(road: Road, trial: Path) -> int:
    return opened_by_keys(road.tenant, road.run_id, around(road, trial))["hands"]


def around(road: Road, trial: Path) -> dict[str, str]:
    with administrator_of(road.polku) as connection:
        address = f"127.0.0.1:{connection.info.port}/{DATABASE}"
    return at_home(trial, POLKU_DATABASE=address)


def forget(road: Road, trial: Path) -> None:
    with administrator_of(road.polku) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    for folder in (trial, folder_of(road)):
        shutil.rmtree(folder)
