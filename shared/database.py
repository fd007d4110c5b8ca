"""One way to talk to PostgreSQL: a declarative base for each service, engines with small pools, sessions of one organisation."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
import psycopg
from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    UniqueConstraint,
    create_engine,
    event,
    func,
)
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DataError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    mapped_column,
    object_session,
    sessionmaker,
)
from sqlalchemy.pool import NullPool

from shared.connecting import connect_for_sqlalchemy
from shared.problems import NotFound
from shared.settings import database_url, operator_of, worker_of
from shared.telemetry.databases import measure, watch_the_pool
from shared.tenancy.sessions import SessionOfATenant, tenant_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_SIZE, POOL_OVERFLOW = 4, 4
REFUSED = frozenset(("55000", "57014"))  # and all of class 54: a wrong state, too slow; limits
TAKEN_FOR_ALIVE = 0.5  # seconds since its last use
OPERATORS = (
    3  # connections at once: the lock of a key, a listener's session, and one that it may open beside it
)
_one_operator = Lock()
Noun = TypeVar("Noun")


def base_for(service: str) -> Any:
    """The declarative base of one service; call it once, at the top of its models."""

    class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
        metadata = MetaData(naming_convention=NAMING, info={"service": service})
        type_annotation_map = {datetime: DateTime(timezone=True)}

    return Base


def session_of(noun: Any) -> Session:
    """Returns the session that a noun came from."""
    session = object_session(noun)
    assert session is not None
    return session


def new_id() -> Any:
    """A random primary key. Not uuid7: the order of ids must not tie content to a moment and so to a person."""
    return mapped_column(primary_key=True, default_factory=uuid4)


def belongs_to(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key within the organisation: belongs_to("run_id", "run.id")."""
    table = target.split(".")[0]
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", target], **options)


def unique_in_tenant(*columns: str) -> UniqueConstraint:
    return UniqueConstraint("tenant_id", *columns)


def find(session: Session, noun: type[Noun], id: UUID) -> Noun:
    """Returns the noun with this id within the organisation; asks the database only where the session does not hold it. Raises
    NotFound, also for another organisation's."""
    found = session.get(noun, {"tenant_id": tenant_of(session), "id": id})
    if found is None:
        raise NotFound
    return found


def lock_of(session: Session, name: str) -> Any:
    """The key of an advisory lock (https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS) that another
    organisation cannot hold."""
    return func.hashtextextended(f"{tenant_of(session)}:{name}", 0)


class TooPowerful(RuntimeError):
    """A service must not run as a superuser, as the owner of its tables, with BYPASSRLS, or write to the event log but by
    its functions: bring the database up to date (python -m shared.migrations up)."""


WRITES_TO_THE_LOG = """
    SELECT bool_or(has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) FROM pg_class
    WHERE relname IN ('event_log', 'log_partition') AND relkind = 'r'"""


def refuse_a_powerful_role(connection, record) -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    (powerful,) = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
    (owned,) = cursor.fetchone()
    cursor.execute(WRITES_TO_THE_LOG)
    (writes,) = cursor.fetchone()
    cursor.close()
    connection.rollback()
    if powerful or owned or writes:
        raise TooPowerful(TooPowerful.__doc__)


def ask_the_idle_whether_they_live(engine: Engine) -> None:
    """Before a connection is used again; one that has just worked need not be asked, that would cost each transaction
    a round trip (https://docs.sqlalchemy.org/en/21/core/pooling.html#custom-legacy-pessimistic-ping)."""

    @event.listens_for(engine, "checkin")
    def note(connection, record):
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection, record, proxy):
        if time.monotonic() - record.info.get("used_at", math.inf) > TAKEN_FOR_ALIVE:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.OperationalError as gone:
                raise InvalidatePoolError from gone


def tell_what_cannot_be_done(context: ExceptionContext) -> DataError | None:
    """PostgreSQL is there and refuses this statement, though psycopg counts that among the errors of a database that is
    away: whoever waits for it would wait for ever (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
    refused, state = context.sqlalchemy_exception, getattr(context.original_exception, "sqlstate", None) or ""
    if refused is None or not (state.startswith("54") or state in REFUSED):
        return None
    return DataError(refused.statement, refused.params, context.original_exception, hide_parameters=True)


def tell_that_we_were_cut_off(context: ExceptionContext) -> OperationalError | None:
    """Raises OperationalError for an idle-in-transaction timeout, which psycopg counts as an internal error: to us the
    database is away, and what we were about is tried again."""
    cut = context.sqlalchemy_exception
    if cut is None or not context.is_disconnect or isinstance(cut, OperationalError | InterfaceError):
        return None
    return OperationalError(cut.statement, cut.params, context.original_exception, hide_parameters=True)


@cache
def engine_of(service: str) -> Engine:
    """For what answers people: one organisation at a time, also in the messaging tables."""
    return engine_as(service, service)


@cache
def worker_engine_of(service: str) -> Engine:
    """For relay, listeners and timers, which find their work among all organisations."""
    return engine_as(worker_of(service), service)


def engine_as(role: str, service: str) -> Engine:
    """One small pool a service and process: eleven services share PostgreSQL's connections."""
    pool = {"pool_size": POOL_SIZE, "max_overflow": POOL_OVERFLOW}
    engine = entering(
        role, service, pool_use_lifo=True, **pool
    )  # the warmest first: it has the statements prepared
    ask_the_idle_whether_they_live(engine)
    watch_the_pool(engine, service, POOL_SIZE + POOL_OVERFLOW)
    return engine


def entering(role: str, service: str, **pool: Any) -> Engine:
    engine = create_engine(
        database_url(role),
        **pool,
        hide_parameters=True,  # what people wrote never reaches a log through an error message
        json_deserializer=msgspec.json.decode,  # of every event's headers; the standard library's takes four times as long
        connect_args={"prepare_threshold": 5},
    )
    event.listen(engine, "do_connect", connect_for_sqlalchemy)
    event.listen(engine, "first_connect", refuse_a_powerful_role)
    event.listen(engine, "handle_error", tell_what_cannot_be_done, retval=True)
    event.listen(engine, "handle_error", tell_that_we_were_cut_off, retval=True)
    measure(engine, service)
    return engine


@cache
def sessions_of(service: str) -> sessionmaker[Session]:
    """`with acting_for(tenant), sessions_of("voting").begin() as session:` is one transaction of one organisation."""
    return sessions_on(engine_of(service), service)


@cache
def worker_sessions_of(service: str) -> sessionmaker[Session]:
    """Returns a maker of sessions for a worker."""
    return sessions_on(worker_engine_of(service), service)


def sessions_on(engine: Engine | Connection, service: str) -> sessionmaker[Session]:
    """Sessions of this service on an engine other than its own; each is of the organisation that we act for when it is
    opened."""
    return sessionmaker(engine, class_=SessionOfATenant, expire_on_commit=False, info={"service": service})


def beside(session: Session) -> Session:
    """Another session in the same role, for a listener that acts for a second organisation."""
    engine: Any = session.bind
    return sessions_on(engine, session.info["service"])()


@contextmanager
def operating(service: str) -> Iterator[sessionmaker[Session]]:
    """Sessions in the operator's role, for dead letters of all organisations: one operator at a time in a process, on
    connections that are closed again, because all of them have to fit into the database."""
    with _one_operator:
        yield sessions_on(_operators_engine(service), service)


@cache
def _operators_engine(service: str) -> Engine:
    return entering(operator_of(service), service, poolclass=NullPool)


def moment() -> Mapped[datetime]:
    """A column with the moment of insertion, for things that are not anonymous."""
    return mapped_column(init=False, server_default=func.now())
