"""An act that is sent twice is done once: whoever sends it gives it a key of its own, which is kept with the act, in its transaction.

The header is that of the IETF's draft (draft-ietf-httpapi-idempotency-key-header). A key says nothing about who did what: the page of a
form draws it by chance, and it goes after two days. What was answered is not kept: a second sending is told that it was the second.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.problems import CannotBeStored, RuleBroken

TAKE = text("""
    WITH old AS (DELETE FROM once WHERE done_on < current_date - 1)
    INSERT INTO once (tenant_id, key) VALUES (current_setting('app.tenant')::uuid, :key) ON CONFLICT DO NOTHING""")


class DoneAlready(RuleBroken):
    """This was sent twice and done once. Look where it should stand now."""


def take(key: str, session: Session) -> None:
    """Raises DoneAlready for a key whose act was committed; waits for one that is under way."""
    try:
        id = UUID(key)
    except ValueError:
        raise CannotBeStored from None
    if not session.execute(TAKE, {"key": id}).rowcount:  # type: ignore[attr-defined]
        raise DoneAlready
