"""Until when it could be found out who said what: the days of the keys, as pages say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from flask import g

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import pseudonyms
from services.portal.clients.process import process
from services.portal.menu import N_
from services.portal.wording import day as as_day
from shared.contracts.api.identity_pseudonyms import KeyDay as KnownDay
from shared.languages import ZONE, _, gettext, ngettext
from shared.settings import backups_aged_out

WHAT = {
    "survey": N_("Who wrote which view"),
    "voting": N_("Who voted how"),
    "workshop": N_("Who wrote which card in a workshop"),
    "townhall": N_("Who answered what at an event"),
}
# For how many days a key outlives the last activity that needs it, as identity has it.
KEPT_DAYS = {"survey": 30, "voting": 30}
ENDS_WITH = {"workshop": N_("when the session ends"), "townhall": N_("when the event ends")}
PLACES_KEPT_DAYS = 1  # who was at a workshop, after its round


@dataclass(frozen=True)
class KeyDay:
    """The key of one run and purpose: `day` is when it is destroyed or was, none while that is not known."""

    purpose: str
    day: date | None
    is_destroyed: bool

    @property
    def aged_out(self) -> date | None:
        """From this day no backup holds the key either."""
        return backups_aged_out(self.day) if self.day else None

    @property
    def is_over(self) -> bool:
        return self.is_destroyed and self.aged_out is not None and self.aged_out <= today()

    @property
    def rule(self) -> str:
        """When it is destroyed, as long as the day is not known."""
        if self.purpose in ENDS_WITH:
            return gettext(ENDS_WITH[self.purpose])
        days = KEPT_DAYS[self.purpose]
        sentence = ngettext(
            "%(num)d day after the last activity that needs it",
            "%(num)d days after the last activity that needs it",
            days,
        )
        return sentence % {"num": days}

    @property
    def sentence(self) -> str:
        """Says in one sentence who can find out until when."""
        if self.day is None:
            return self._by_rule()
        known = {"day": as_day(self.day), "last": as_day(self.aged_out)}
        if self.is_over:
            sentence = _(
                "Nobody can find out any more who said what: the key was destroyed on %(day)s, and no backup holds it."
            )
        elif self.is_destroyed:
            sentence = _(
                "The key was destroyed on %(day)s. Backups may hold it until %(last)s; after that nobody can find out who said what."
            )
        else:
            sentence = _(
                "Nobody sees your name. Until %(last)s whoever runs Polku could find out who said what, with key and database together; after that nobody can."
            )
        return sentence % known

    def _by_rule(self) -> str:
        said = _(
            "Nobody sees your name. Whoever runs Polku could find out who said what, with key and database together, until the key is destroyed (%(rule)s) and the backups of it are gone, %(days)d days later; after that nobody can."
        )
        return said % {"rule": self.rule, "days": days_of_backups()}


def of_run(run_id: UUID) -> dict[str, KeyDay]:
    """The days of a run's keys by purpose, asked once a page."""
    if "key_days" not in g:
        g.key_days = pseudonyms.key_days().runs
    known: Mapping[str, KnownDay] = g.key_days.get(run_id, {})
    return {
        purpose: _day_of(purpose, known.get(purpose) if purpose in KEPT_DAYS else None) for purpose in WHAT
    }


def while_open(purpose: str) -> KeyDay:
    """The key of an activity that is open, of which the rule alone is known: nobody is asked."""
    return KeyDay(purpose, None, False)


class RunWithDays(NamedTuple):
    """A run with the days of its keys."""

    id: UUID
    name: str
    days: list[KeyDay]


def own_runs() -> tuple[list[RunWithDays], bool]:
    """Returns the runs of the organisation with the days of their keys, and whether that is all: not while the process does not
    answer. Nobody who has not signed in has any, nor has the consultancy's own host."""
    if g.here.person is None or g.organisation.is_consultancy:
        return [], True
    try:
        runs = process.runs()
    except ApiProblem as problem:
        if not problem.is_away:
            raise
        return [], False
    return [RunWithDays(run.id, run.name, [*of_run(run.id).values()]) for run in runs], True


def _day_of(purpose: str, known: KnownDay | None) -> KeyDay:
    if known is None or known.day is None:
        return KeyDay(purpose, None, False)
    return KeyDay(purpose, known.day, known.is_destroyed)


def days_of_backups() -> int:
    """How many days after a key the last backup of it goes."""
    return (backups_aged_out(today()) - today()).days


WORDS = {"what": WHAT, "days_of_backups": days_of_backups}  # what parts/key_days.html needs


def today() -> date:
    return datetime.now(ZONE).date()
