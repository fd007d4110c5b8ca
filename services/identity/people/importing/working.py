"""A list is taken in, or undone, beside everything else: some hundred people at a time, each time committed with how far it is."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from services.identity.models import Organisation, PeopleImport, Site, Unit
from services.identity.people.importing.comparing import Comparison, Entry
from services.identity.people.importing.taking_in import (
    Places,
    hold,
    known_people,
    make_places,
    one_list_at_a_time,
    places,
    take_in,
)
from services.identity.people.importing.undoing import let_go_of_places, undo
from services.identity.people.models.people_import import WORK, Facts, Result, Step, answers_of
from services.identity.people.people_list import gains_a_role_unconfirmed
from shared.database import worker_sessions_of
from shared.messaging.jobs import Job
from shared.problems import NotFound

AT_ONCE = 500
SECONDS_A_ROUND = 45  # a round ends long before its lease (shared/messaging/jobs.py)


def go_on(import_id: UUID) -> datetime | None:
    """Goes on with a list where it stands; returns when to come back, None when it is done or gone."""
    sessions, until = worker_sessions_of("identity"), time.monotonic() + SECONDS_A_ROUND
    part = Part(import_id)
    while part.go_on(sessions):
        if time.monotonic() > until:
            return datetime.now(UTC)
    return None


class Part:
    """One round of work on a list; the list is compared with everybody once, and with each handful as it is then."""

    def __init__(self, import_id: UUID) -> None:
        self.import_id = import_id
        self.compared: Comparison | None = None

    def go_on(self, sessions: sessionmaker[Session]) -> bool:
        """Takes some more in, or undoes some; returns False when there is nothing more to do."""
        with sessions.begin() as session:
            one_list_at_a_time(session)
            try:
                this = PeopleImport.locked(self.import_id, session)
            except NotFound:
                return False
            if this.state == "taking_in":
                self.compared = self.compared or comparison_of(this, session)
                take_some_in(this, self.compared, session)
            elif this.state == "undoing":
                undo_some(this, session)
            return this.state in ("taking_in", "undoing")


def comparison_of(this: PeopleImport, session: Session) -> Comparison:
    content = this.content
    answers = answers_of(content, Organisation.ours(session), content.gives_roles)
    return Comparison(
        content.people(), known_people(session), places(Unit, session), places(Site, session), answers
    )


def take_some_in(this: PeopleImport, list_of_people: Comparison, session: Session) -> None:
    result = this.result
    if this.done == 0:
        result.refused = [(one.row, one.reason, one.said) for one in list_of_people.refused]
        result.units = make_places(Unit, list_of_people.units.new, session)
        result.sites = make_places(Site, list_of_people.sites.new, session)
    some = list_of_people.people[this.done : this.done + AT_ONCE]
    known = hold({person.email for person in some}, session)
    entries = [without_roles_unconfirmed(entry, result) for entry in list_of_people.entries(some, known)]
    result.steps += steps_of(take_in(entries, session), session)
    this.counts = counted(this.counts, entries) | {"refused": len(result.refused)}
    this.result, this.done = result, this.done + len(some)
    if this.done >= len(list_of_people.people):
        this.is_taken_in()


def without_roles_unconfirmed(entry: Entry, result: Result) -> Entry:
    """Gives no role to who signs in by a way that is not confirmed, and says so among what was refused."""
    if not gains_a_role_unconfirmed(entry):
        return entry
    result.refused.append((entry.row, "came_unconfirmed", entry.email))
    changes = {key: change for key, change in entry.changes.items() if key != "roles"}
    kind = "unchanged" if entry.kind == "changed" and not changes else entry.kind
    return replace(
        entry, roles=entry.member.roles if entry.member else frozenset(), changes=changes, kind=kind
    )


def counted(before: dict[str, int], entries: list[Entry]) -> dict[str, int]:
    after = dict.fromkeys(("new", "back", "changed", "unchanged"), 0) | before
    for entry in entries:
        after[entry.kind] += 1
    return after


def steps_of(taken: dict[UUID, Entry], session: Session) -> list[Step]:
    units, sites = places(Unit, session), places(Site, session)
    return [step_of(id, entry, units, sites) for id, entry in taken.items()]


def step_of(id: UUID, entry: Entry, units: Places, sites: Places) -> Step:
    after = Facts(
        entry.name, units.get(entry.unit), sites.get(entry.site), entry.language, sorted(entry.roles)
    )
    if entry.member is None:
        return Step(id, entry.kind, after)
    was = entry.member
    before = Facts(was.name, units.get(was.unit), sites.get(was.site), was.language, sorted(was.roles))
    return Step(id, entry.kind, after, before)


def undo_some(this: PeopleImport, session: Session) -> None:
    result = this.result
    some = result.steps[this.done : this.done + AT_ONCE]
    stay = undo(some, session)
    this.counts = this.counts | {
        "undone": this.counts.get("undone", 0) + len(some) - stay,
        "stay": this.counts.get("stay", 0) + stay,
    }
    this.done += len(some)
    if this.done >= len(result.steps):
        let_go_of_places(result.units, result.sites, session)
        this.is_undone()


JOBS: dict[str, Job] = {WORK: go_on}
