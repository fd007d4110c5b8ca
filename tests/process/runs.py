"""Runs in memory, for tests of what people and the clock may do with them: nothing here asks a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.process.journey import HYBRID_WORK
from services.process.models import Phase, Run
from shared.messaging.events import Event

LEAD, COORDINATOR = uuid4(), uuid4()
USUAL_PLANNING = 28  # days of the template's first phase


def a_run(days: int = 0, consultancy_id: UUID | None = None) -> Run:
    """Planned today, not yet signed; a_run(days=-40) began forty days ago."""
    starts_at = datetime.now(UTC) + timedelta(days=days)
    return Run.plan("Hybridityö", HYBRID_WORK, starts_at, ["fi", "sv"], consultancy_id=consultancy_id)


def signed_run(days: int = 0, consultancy_id: UUID | None = None) -> Run:
    """Both parties have signed its plan."""
    run = a_run(days, consultancy_id)
    run.propose([], "As we said in spring.", "consultancy", LEAD).sign("client", COORDINATOR)
    return run


def moved_to(key: str, days: int = 0) -> Run:
    """People have moved a signed run on until it is there."""
    run = signed_run(days)
    while run.current and run.current.key != key:
        run.move_on("consultancy", LEAD, reason="The test is on its way.")
    return run


def agreed(run: Run, *changes: dict[str, Any]) -> None:
    """The client proposes a change, and the consultancy signs it."""
    run.propose(changes, "", "client", COORDINATOR).sign("consultancy", LEAD)


def phase_of(run: Run, key: str) -> Phase:
    return next(phase for phase in run.phases if phase.key == key)


def told(run: Run, *kinds: type[Event]) -> list[Event]:
    return [happened for happened in run.told if isinstance(happened, kinds)]


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
