"""Refusals of a restore, each in a sentence with the remedy."""

from pathlib import Path

from infra.backup.create import MANIFEST
from infra.backup.sealing import PRIVATE
from infra.trouble import CannotStart


class NotABackup(CannotStart):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is no finished backup of Polku: it has no {MANIFEST} of a form that we know."
        )


class Damaged(CannotStart):
    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is not what was written then. Take another backup.")


class NoKeys(CannotStart):
    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The keys of this backup are not in {file}. Say where that file lies: --keys FILE. If it is gone for good, so is who "
            "did what in the runs that were open then; everything else comes back with --without-keys."
        )


class OtherSecrets(CannotStart):
    def __init__(self) -> None:
        super().__init__(
            "The secrets here are not those that this backup was made with: nobody's name could be read. Put the "
            "secrets.json and jwks.json that were kept with it in their place, then start again."
        )


class NotEmpty(CannotStart):
    def __init__(self, database: str, table: str) -> None:
        super().__init__(
            f"The database {database} has rows already ({table}, for one). A backup is brought back into an empty one: "
            f"`make reset` forgets this installation's (keep its secrets.json, jwks.json and {PRIVATE} elsewhere first), or name "
            "another by POLKU_DATABASE."
        )


class StillRunning(CannotStart):
    """Polku is at work in this database. Stop it, then start again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NewerThanTheCode(CannotStart):
    def __init__(self, services: list[str]) -> None:
        super().__init__(
            f"The backup was made by a newer Polku than this one (tables of {', '.join(services)}). "
            "Take that version of the code, or a newer one."
        )


class NotTheSame(CannotStart):
    def __init__(self, found: list[str]) -> None:
        super().__init__("What was brought back is not what was backed up:\n    " + "\n    ".join(found))
