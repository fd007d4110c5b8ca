"""Makes the structs that show a thread."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.lineage.models import PASSAGE, Thing
from services.lineage.query import Thread, agreements_on, number_of_teams, where_passages_stand
from shared.contracts.api.lineage import Knot, TheThread


def thread_of(thread: Thread, session: Session, *, drafts_too: bool) -> TheThread:
    """The things in the order of their ids, with the editions that passages stand in; readers see only what is finished."""
    passages = [id for id, thing in thread.things.items() if thing.kind == PASSAGE] + [thread.start.id]
    places = where_passages_stand(session, passages)
    if not drafts_too:
        thread.only_what_readers_see(set(places))
    agreements = agreements_on(session, passages)

    def knot(thing: Thing) -> Knot:
        return knot_of(thing, places.get(thing.id), agreements.get(thing.id, set()))

    return TheThread(
        start=knot(thread.start),
        things=[knot(thing) for _, thing in sorted(thread.things.items())],
        edges=[[*edge] for edge in sorted(thread.edges)],
    )


def knot_of(thing: Thing, number: int | None, agreements: set[UUID]) -> Knot:
    return Knot(
        id=thing.id,
        kind=thing.kind,
        detail=thing.detail,
        stands=thing.stands,
        readings=thing.readings,
        number=number,
        teams=number_of_teams(agreements),
    )
