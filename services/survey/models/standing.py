"""How many views of a theme stand before colleagues, kept by what changes it: counting them anew at every page costs the more, the more
there are."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import event, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from services.survey.models.theme import Theme
from services.survey.models.view import SHARED, View


@event.listens_for(Session, "after_flush")
def count_what_stands(session: Session, flush_context: Any) -> None:
    """In the order of themes, so that nobody waits crosswise."""
    more = Counter[UUID]()
    for view in (*session.new, *session.dirty):
        if isinstance(view, View):
            more[view.theme_id] += change_in(view)
    for theme_id, number in sorted(more.items()):
        if number:
            counted = update(Theme.__table__).where(Theme.id == theme_id)
            session.connection().execute(counted.values(shared=Theme.shared + number))


def change_in(view: View) -> int:
    """One more, one less, or none."""
    status = get_history(view, "status")
    return (SHARED in (status.added or ())) - (SHARED in (status.deleted or ()))
