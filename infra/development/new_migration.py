"""`python -m infra.development.new_migration SERVICE "what changed"` writes the next migration of a service from its models."""

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, MetaData, create_engine

from infra.database.postgres import Postgres
from infra.secrets import fresh_secrets
from shared.migrations.upgrade import ROOT, config_for, enter, up
from shared.settings import SERVICES


def metadata_of(service: str) -> MetaData | None:
    """Returns the metadata of the service's models; None for a service without tables."""
    models = ROOT / "services" / service / "models"
    if not (models.is_dir() or models.with_suffix(".py").exists()):
        return None
    return import_module(f"services.{service}.models").Base.metadata


def new(service: str, message: str) -> None:
    """Write the next migration of a service from what its models say, against a scratch database."""
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
    parser = argparse.ArgumentParser(prog="python -m infra.development.new_migration", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("message")
    chosen = parser.parse_args(arguments)
    new(chosen.service, chosen.message)


if __name__ == "__main__":
    main(sys.argv[1:])
