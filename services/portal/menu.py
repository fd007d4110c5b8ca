"""The menu: what a person may go to from here."""

from collections.abc import Iterable
from dataclasses import dataclass


def N_(sentence: str) -> str:
    """Marks a sentence that is written at import time and translated where it is shown."""
    return sentence


def NC_(context: str, sentence: str) -> str:
    """Marks a sentence as N_ does, for `pgettext` with the same context where it is shown."""
    return sentence


@dataclass(frozen=True)
class MenuItem:
    """One entry. It stands on the pages of its face, for those with one of its roles; no roles: for everybody.

    An entry `of_run` needs a run in sight (`/runs/<run_id>/...`) and gets its id.
    """

    label: str  # the English sentence, marked with `N_`; translated where it is shown
    endpoint: str
    roles: frozenset[str] = frozenset()
    face: str = "employee"
    order: int = 50
    of_run: bool = True

    def is_for(self, face: str, roles: Iterable[str], run_in_sight: bool) -> bool:
        return (
            self.face == face
            and (not self.roles or not self.roles.isdisjoint(roles))
            and (run_in_sight or not self.of_run)
        )


def entries_for(
    items: Iterable[MenuItem], face: str, roles: Iterable[str], run_in_sight: bool
) -> list[MenuItem]:
    roles = frozenset(roles)
    wanted = [item for item in items if item.is_for(face, roles, run_in_sight)]
    return sorted(wanted, key=lambda item: (item.order, item.endpoint))
