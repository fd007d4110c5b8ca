"""The events of lineage: nothing of a thread, which others have told; only that it has forgotten one."""

from uuid import UUID

from shared.messaging.events import Event, event


@event("lineage.tenant")
class LineageForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with lineage: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
