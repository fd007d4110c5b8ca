"""The second set of tables: made by the service's own migrations in a schema beside it, entered by the service's worker,
with the same row security; and the switch, by which the tables of both schemas change places in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from shared.database import sessions_on
from shared.settings import database_url, worker_of

MakesTables = Callable[[Connection, str, str], None]
"""Makes all tables of a service, as its migrations say, in a schema: `make(connection, service, schema)`."""
MUTE = ("outbox", "timer")  # whoever builds anew tells nobody and schedules nothing: the database refuses


class CannotBeSwitched(RuntimeError):
    """A table holds on to something that does not change places with it; the text names it."""


class Shadow:
    """The schema beside a service's own."""

    def __init__(self, service: str, tables: Sequence[str], owner: Engine, make_tables: MakesTables):
        self.service, self.tables, self.owner, self.make_tables = service, tables, owner, make_tables
        self.schema, self.aside = f"{service}_rebuild", f"{service}_aside"
        self.engine: Engine | None = None

    @contextmanager
    def standing(self) -> Iterator["Shadow"]:
        """From its making to its end, which comes in any case; what a killed one left is taken away first."""
        with self.owner.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(7123)"))  # one at a time
            try:
                self.make(connection)
                yield self
            finally:
                if self.engine:
                    self.engine.dispose()
                self.drop(connection)
                connection.execute(text("SELECT pg_advisory_unlock(7123)"))

    def make(self, connection: Connection) -> None:
        self.drop(connection)
        for line in (
            'CREATE SCHEMA "{shadow}"',
            'CREATE SCHEMA "{aside}"',
            'GRANT USAGE ON SCHEMA "{shadow}" TO "{service}"',
            'ALTER DEFAULT PRIVILEGES IN SCHEMA "{shadow}" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{service}"',
            'ALTER DEFAULT PRIVILEGES IN SCHEMA "{shadow}" GRANT USAGE ON SEQUENCES TO "{service}"',
        ):
            connection.execute(text(line.format(shadow=self.schema, aside=self.aside, service=self.service)))
        self.make_tables(connection, self.service, self.schema)
        for table in MUTE:
            connection.execute(text(f'REVOKE INSERT, UPDATE, DELETE ON "{table}" FROM "{self.service}"'))
        connection.commit()
        self.refuse_what_holds_on(connection)

    def refuse_what_holds_on(self, connection: Connection) -> None:
        """References to tables that stay, and triggers, would go on leading to the old place."""
        names = {"schema": self.schema, "tables": list(self.tables)}
        if held := connection.scalars(HELD, names).all():
            raise CannotBeSwitched(f"{', '.join(held)}: declare read models that stand by themselves.")

    def drop(self, connection: Connection) -> None:
        connection.rollback()
        connection.execute(text(f'DROP SCHEMA IF EXISTS "{self.schema}", "{self.aside}" CASCADE'))
        connection.commit()

    def sessions(self) -> sessionmaker[Session]:
        """Sessions of the service's own role that find the new tables where they look for the living ones."""
        path = {"options": f"-csearch_path={self.schema},bus"}
        self.engine = create_engine(
            database_url(worker_of(self.service)), connect_args=path, hide_parameters=True
        )
        return sessions_on(self.engine, self.service)

    def change_places(self, connection: Connection) -> None:
        """Indexes, keys, policies and grants move with their table; statements that wait find the new one by its name."""
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        for leaving, entering in ((self.service, self.aside), (self.schema, self.service)):
            for table in self.tables:
                connection.execute(text(f'ALTER TABLE "{leaving}"."{table}" SET SCHEMA "{entering}"'))


HELD = text("""
    SELECT c.relname || ': ' || k.conname FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class other ON other.oid = k.confrelid
    WHERE k.contype = 'f' AND c.relnamespace = CAST(:schema AS regnamespace)
      AND (c.relname = ANY(:tables)) <> (other.relname = ANY(:tables))
    UNION ALL
    SELECT c.relname || ': ' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = CAST(:schema AS regnamespace) AND c.relname = ANY(:tables)""")
