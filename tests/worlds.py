"""Runs that are already on their way: made by the services' own nouns, in one transaction a service.

For tests of what people do on a run; how it came there over HTTP is shown by the tests of those pages.
"""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from services.process import runs
from services.process.journey import HYBRID_WORK
from services.process.models import Run
from shared.database import sessions_of
from shared.languages import ZONE
from shared.tenancy.sessions import acting_for

STARTS_AT = datetime(2026, 11, 23, 9, tzinfo=ZONE).astimezone(UTC)
SIGNED_FIRST = "As we said in spring."


def planned(client: UUID, consultancy: UUID | None = None, starts_at: datetime = STARTS_AT) -> UUID:
    """The consultancy plans a run with this client."""
    about = {"name": "Hybridityö", "template": HYBRID_WORK, "languages": ["fi", "sv"]}
    led_by = {"consultancy_id": consultancy or uuid4(), "led_by": uuid4()}
    with acting_for(client), sessions_of("process").begin() as session:
        session.add(run := Run.plan(starts_at=starts_at, **about, **led_by))
        return run.id


def signed(client: UUID, run_id: UUID) -> None:
    """Both parties agree on the plan as it is."""
    with acting_for(client), sessions_of("process").begin() as session:
        proposal = runs.held(session, run_id).propose([], SIGNED_FIRST, "consultancy", uuid4())
        proposal.sign("client", uuid4())


def moved_on(client: UUID, run_id: UUID, to: str | None = None) -> None:
    """Somebody of the consultancy opens the next phase, or a later one."""
    with acting_for(client), sessions_of("process").begin() as session:
        runs.held(session, run_id).move_on("consultancy", uuid4(), "All is ready.", to)
