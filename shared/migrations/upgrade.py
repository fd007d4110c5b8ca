"""Brings the bus, the messaging tables and every service's own tables up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, create_engine, text

from shared.messaging.bus.tables import BUS
from shared.messaging.bus.transport import choose_transport
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations import renamed_tables
from shared.migrations.anew import make_functions_anew
from shared.migrations.event_log import make_functions, make_topics
from shared.migrations.renamed_tables import rename_messaging_tables, rename_tables
from shared.migrations.rights import allow_messaging_tables, allow_on_the_bus, keep_groups_apart
from shared.migrations.samples import write_samples_anew
from shared.migrations.unheard import forget_unheard_topics
from shared.settings import SERVICES, database_url

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TABLES_OF_MESSAGING = {*MESSAGING_TABLES.tables, "schema_version"}


def config_for(service: str, connection: Connection, metadata: MetaData | None = None) -> Config:
    """`metadata` is what the models say, for writing a migration; bringing up to date needs no models."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(ROOT / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    is_ours = lambda kind, name: not (kind == "table" and name in TABLES_OF_MESSAGING)  # noqa: E731
    config.attributes.update(connection=connection, metadata=metadata, is_ours=is_ours)
    return config


def owner_engine() -> Engine:
    return create_engine(database_url("polku_owner"), poolclass=None)


def enter(connection: Connection, schema: str) -> None:
    connection.execute(text(f'SET search_path TO "{schema}"'))
    connection.commit()


def make_tables(connection: Connection, service: str, schema: str) -> None:
    """Makes all tables of a service in this schema, which need not be its own, and leaves the connection there."""
    enter(connection, schema)
    MESSAGING_TABLES.create_all(connection)
    connection.commit()
    command.upgrade(config_for(service, connection), "head")


def up(services=SERVICES, engine: Engine | None = None) -> None:
    """Bring the bus, the messaging tables and every service's own tables up to date."""
    engine = engine or owner_engine()
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7122)"))
        enter(connection, "bus")
        rename_tables(connection, renamed_tables.BUS)
        BUS.create_all(connection)
        choose_transport(connection)
        make_topics(connection)
        make_functions_anew(connection)
        make_functions(connection)
        keep_groups_apart(connection)
        for service in SERVICES:
            allow_on_the_bus(connection, service)
        for service in services:
            enter(connection, service)
            rename_messaging_tables(connection)
            MESSAGING_TABLES.create_all(connection)
            allow_messaging_tables(connection, service)
            connection.commit()
            if (ROOT / "services" / service / "migrations").is_dir():
                command.upgrade(config_for(service, connection), "head")
                connection.commit()
        forget_unheard_topics(connection)
        connection.commit()
        write_samples_anew(engine)
    engine.dispose()
