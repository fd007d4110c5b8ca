"""Authors' sealed rows: opened for one request or for a handful, and sealed again."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.survey.models.author import Author
from services.survey.models.collecting import Collecting
from services.survey.writings import Writings, packed
from shared.database import lock_of
from shared.privacy.keys import Key, KeyIsDead, KeyName, keys_of, name_in
from shared.problems import NobodyKnowsAnyMore, RuleBroken
from shared.tenancy.sessions import tenant_of

PURPOSE = "authors"


class KeyIsReplaced(RuleBroken):
    """The key under which views are kept here is being replaced. Your words are still on this page: send them again in a minute."""


def name_of(run_id: UUID, session: Session) -> KeyName:
    return name_in(session, run_id, PURPOSE)


def key_of(run_id: UUID, session: Session) -> Key:
    """Returns the run's living key; raises KeyIsDead."""
    return keys_of("survey").use(name_of(run_id, session))


def make_the_key(run_id: UUID, session: Session, *, anew: bool = False) -> bool:
    return keys_of("survey").make(name_of(run_id, session), anew=anew)


def drop_what_opens_no_more(run_id: UUID, session: Session) -> bool:
    """Deletes the rows that a dead key has sealed, and returns whether there were any: no new key may be made before they are gone
    for good, or nobody could tell them from those that it seals."""
    if keys_of("survey").is_alive(name_of(run_id, session)):
        return False
    gone = delete(Author).filter_by(run_id=run_id).returning(Author.pseudonym)
    return bool(session.scalars(gone).all())


def read(session: Session, run_id: UUID, pseudonym: UUID) -> Writings:
    """Returns what the pseudonym has written; nothing once the key is dead."""
    row = row_of(session, run_id, pseudonym)
    try:
        return row.open(key_of(run_id, session)) if row else Writings()
    except KeyIsDead:
        return Writings()


def author_of(view_id: UUID, run_id: UUID, session: Session) -> UUID | None:
    """Returns who has written a view, as a pseudonym, for the operator's opening (infra/keys/opening.py); raises KeyIsDead."""
    key = key_of(run_id, session)
    rows = session.scalars(select(Author).filter_by(run_id=run_id))
    return next((row.pseudonym for row in rows if row.open(key).holds(view_id)), None)


@contextmanager
def writing(session: Session, run_id: UUID, pseudonym: UUID) -> Iterator[Writings]:
    """Opens the author's row, locked, and seals it again when something has changed; raises KeyIsReplaced when it cannot be
    sealed. One author is at work once at a time, so that a form sent twice is one view."""
    try:
        key = key_of(run_id, session)
    except KeyIsDead:
        key = None
    row = _locked(session, run_id, pseudonym) if key else None
    writings = row.open(key) if row and key else Writings()
    before = packed(writings)
    yield writings
    if packed(writings) == before:
        return
    if key is None:
        raise KeyIsReplaced
    row = row or made(session, run_id, pseudonym)
    row.seal(writings, key)
    keep(session, row)


def row_of(session: Session, run_id: UUID, pseudonym: UUID, *, locked: bool = False) -> Author | None:
    """Returns the pseudonym's row, locked until we commit if so wished; None where there is none. It is not of the session: `keep`
    writes it."""
    params = {"run": run_id, "pseudonym": pseudonym}
    found = session.connection().execute(MINE_LOCKED if locked else MINE, params).one_or_none()
    return made(session, run_id, pseudonym, **found._mapping) if found else None


def made(session: Session, run_id: UUID, pseudonym: UUID, **known: Any) -> Author:
    author = Author(run_id=run_id, pseudonym=pseudonym, **known)
    author.tenant_id = tenant_of(session)  # what it is sealed about
    return author


def keep(session: Session, author: Author) -> None:
    """Writes down what was sealed, for the first time or anew."""
    session.connection().execute(KEEP, {name: getattr(author, name) for name in COLUMNS})


# Whoever gives a view asks these: columns, not an object that the session would keep (docs/performance.md).
COLUMNS = [column.name for column in Author.__table__.columns]
_author = Author.__table__.c
MINE = select(_author.version, _author.waits, _author.sealed).where(
    _author.run_id == bindparam("run"), _author.pseudonym == bindparam("pseudonym")
)
MINE_LOCKED = MINE.with_for_update()
_new = insert(Author.__table__).values({name: bindparam(name) for name in COLUMNS})
KEEP = _new.on_conflict_do_update(
    index_elements=["tenant_id", "run_id", "pseudonym"],
    set_={name: _new.excluded[name] for name in ("version", "waits", "sealed")},
)


def _locked(session: Session, run_id: UUID, pseudonym: UUID) -> Author | None:
    if row := row_of(session, run_id, pseudonym, locked=True):
        return row
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, f"author:{run_id}:{pseudonym}"))))
    return row_of(session, run_id, pseudonym, locked=True)


@contextmanager
def all_opened(session: Session, run_id: UUID, rows: Sequence[Author]) -> Iterator[list[Writings]]:
    """Opens all of these rows and seals them all again, changed or not, so that nobody sees whose have changed."""
    key = key_of(run_id, session)
    opened = [row.open(key) for row in rows]
    yield opened
    for row, writings in zip(rows, opened, strict=True):
        row.seal(writings, key)


def locked_rows(session: Session, run_id: UUID, only_waiting: bool) -> list[Author]:
    query = select(Author).filter_by(run_id=run_id).order_by(Author.pseudonym)
    return list(session.scalars((query.where(Author.waits) if only_waiting else query).with_for_update()))


def who_wrote(run_id: UUID, pseudonyms: Collection[UUID], session: Session) -> set[UUID]:
    """Returns those of the pseudonyms that have given a view in the run; none of a run that collects no views. Raises
    NobodyKnowsAnyMore once the key is dead."""
    if session.get(Collecting, (tenant_of(session), run_id)) is None:
        return set()
    try:
        key = key_of(run_id, session)
    except KeyIsDead:
        raise NobodyKnowsAnyMore from None
    rows = select(Author).filter_by(run_id=run_id).where(Author.pseudonym.in_(pseudonyms))
    return {row.pseudonym for row in session.scalars(rows) if row.open(key).wrote}


def destroy(run_id: UUID, session: Session) -> None:
    """Destroys the key first and the rows then: what is cut off in between is done again by the same event."""
    keys_of("survey").destroy(name_of(run_id, session))
    session.execute(delete(Author).filter_by(run_id=run_id))
