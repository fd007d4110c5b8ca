"""A backup of before the key's day, brought back after it beside the installation, in a folder and a database of its own.

Whoever has it and the key that opens it finds out who wrote what until it has aged out, as the pages say. With the ledger of
destroyed keys, as an operator brings it back, nobody does.
"""

import shutil
from pathlib import Path

from infra.backup.sealing import PRIVATE
from infra.demo.walker.journey import Journey
from tests.story.attacker import administrator_of
from tests.story.opener import at_home, opened_by_keys, said_by

DATABASE = "brought_back"
TAKEN_ALONG = ("secrets.json", "jwks.json", PRIVATE)


def folder_of(journey: Journey) -> Path:
    """Beside the installation's home, so that no search of that one's files meets it."""
    return journey.polku.home.with_name(f"{journey.polku.home.name}-{journey.client.slug}-backup")


def back_up(journey: Journey) -> None:
    said_by("infra.backup", str(folder_of(journey)), environment=at_home(journey.polku.home))


def attack(journey: Journey) -> None:
    """Brings it back without the ledger first, which shows that there is something to be found, and then with it."""
    trial = trial_of(journey)
    try:
        bring_back(journey, trial)
        journey.report["attacks.until backups are gone.opened hands"] = opened_in(journey, trial)
        bring_back(journey, trial, "--ledger", str(journey.polku.home / "keys"))
        journey.report["attacks.after.opened hands of a backup"] = opened_in(journey, trial)
    finally:
        forget(journey, trial)


def trial_of(journey: Journey) -> Path:
    trial = folder_of(journey).with_suffix(".trial")
    trial.mkdir(mode=0o700)
    for name in TAKEN_ALONG:
        shutil.copy(journey.polku.home / name, trial)
    return trial


def bring_back(journey: Journey, trial: Path, *options: str) -> None:
    said_by("infra.restore", str(folder_of(journey)), *options, environment=around(journey, trial))


def opened_in(journey: Journey, trial: Path) -> int:
    return opened_by_keys(journey.tenant, journey.run_id, around(journey, trial))["hands"]


def around(journey: Journey, trial: Path) -> dict[str, str]:
    with administrator_of(journey.polku) as connection:
        address = f"127.0.0.1:{connection.info.port}/{DATABASE}"
    return at_home(trial, POLKU_DATABASE=address)


def forget(journey: Journey, trial: Path) -> None:
    with administrator_of(journey.polku) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    for folder in (trial, folder_of(journey)):
        shutil.rmtree(folder)
