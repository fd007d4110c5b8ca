"""The command line of the migrations."""

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, create_engine, text

from shared.messaging.bus import transport as road
from shared.messaging.bus.rights import make_functions, make_topics
from shared.messaging.bus.tables import BUS
from shared.messaging.messaging_tables import KERNEL
from shared.migrations.anew import make_functions_anew
from shared.migrations.rights import allow_mechanisms, allow_on_the_bus, keep_groups_apart
from shared.migrations.samples import write_samples_anew
from shared.migrations.unheard import forget_unheard_topics
from shared.settings import SERVICES, database_url

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MECHANISMS = {*KERNEL.tables, "schema_version"}


def metadata_of(service: str) -> MetaData | None:
    """Returns the metadata of the service's models; None for a service without tables."""
    models = ROOT / "services" / service / "models"
    if not (models.is_dir() or models.with_suffix(".py").exists()):
        return None
    return import_module(f"services.{service}.models").Base.metadata


def config_for(service: str, connection: Connection, metadata: MetaData | None = None) -> Config:
    """`metadata` is what the models say, for writing a migration; bringing up to date needs no models."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(ROOT / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    is_ours = lambda kind, name: not (kind == "table" and name in MECHANISMS)  # noqa: E731
    config.attributes.update(connection=connection, metadata=metadata, is_ours=is_ours)
    return config


def owner_engine() -> Engine:
    return create_engine(database_url("polku_owner"), poolclass=None)


def enter(connection: Connection, schema: str) -> None:
    connection.execute(text(f'SET search_path TO "{schema}"'))
    connection.commit()


def up(services=SERVICES, engine: Engine | None = None) -> None:
    """Bring the bus, the mechanisms and every service's own tables up to date."""
    engine = engine or owner_engine()
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7122)"))
        enter(connection, "bus")
        BUS.create_all(connection)
        road.begin(connection)
        make_topics(connection)
        make_functions_anew(connection)
        make_functions(connection)
        keep_groups_apart(connection)
        for service in SERVICES:
            allow_on_the_bus(connection, service)
        for service in services:
            enter(connection, service)
            KERNEL.create_all(connection)
            allow_mechanisms(connection, service)
            connection.commit()
            if (ROOT / "services" / service / "migrations").is_dir():
                command.upgrade(config_for(service, connection), "head")
                connection.commit()
        forget_unheard_topics(connection)
        connection.commit()
        write_samples_anew(engine)
    engine.dispose()


def new(service: str, message: str) -> None:
    """Write the next migration of a service from what its models say, against a scratch database."""
    from infra.database.postgres import Postgres
    from infra.secrets import fresh_secrets

    (ROOT / "services" / service / "migrations").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder), fresh_secrets())
        server.start()
        try:
            server.provision()
            password = server.passwords["polku_owner"]
            engine = create_engine(f"postgresql+psycopg://polku_owner:{password}@{server.address()}")
            up([service], engine)
            with engine.connect() as connection:
                enter(connection, service)
                write_revision(service, message, connection)
            engine.dispose()
        finally:
            server.stop()


def write_revision(service: str, message: str, connection: Connection) -> None:
    number = len(list((ROOT / "services" / service / "migrations").glob("[0-9]*.py"))) + 1
    folder = str(ROOT / "services" / service / "migrations")
    revision = f"{service}_{number:04d}"
    made = command.revision(
        config_for(service, connection, metadata_of(service)),
        message,
        autogenerate=True,
        rev_id=revision,
        version_path=folder,
    )
    path = Path(made.path)  # type: ignore[union-attr]
    slug = "_".join(message.lower().split())
    os.replace(path, path.with_name(f"{number:04d}_{slug}.py"))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.migrations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="bring all services up to date")
    writing = commands.add_parser("new", help="write the next migration of a service from its models")
    writing.add_argument("service", choices=SERVICES)
    writing.add_argument("message")
    chosen = parser.parse_args(arguments)
    up() if chosen.command == "up" else new(chosen.service, chosen.message)


if __name__ == "__main__":
    main(sys.argv[1:])
