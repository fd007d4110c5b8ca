"""Paths as pages are told of them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.contracts.api.process import Phase, Run


def path_at(*activities: str, run_id: UUID | None = None) -> Run:
    """A path in the middle of one phase with these activities."""
    return Run(
        id=run_id or uuid4(),
        name="Hybridityö",
        template="hybrid-work",
        languages=["fi", "sv"],
        version=1,
        activities=[*activities],
        completed_at=None,
        phases=[phase_with(*activities)],
    )


def phase_with(*activities: str) -> Phase:
    """The current phase of a path."""
    return Phase(
        id=uuid4(),
        key="now",
        step="now",
        state="current",
        activities=[*activities],
        settings={},
        goal=None,
        goal_reached_at=None,
        opens_by="hand",
        opens_at=None,
        closes_at=None,
        opened_at=datetime.now(UTC),
        closed_at=None,
    )
