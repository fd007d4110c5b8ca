"""The secrets of an installation in containers: ours in one volume, and to each of the other programs nothing but its own.

Each of these runs as a user of its own, so its files are readable by all; its volume is mounted nowhere else.
"""

import json
import secrets
from pathlib import Path
from string import Template

from infra.backup.sealing import ensure_backup_key
from infra.database.postgres import CONFIGURATION
from infra.kafka.configuration import ADMIN, LOG, Ports, server_properties
from infra.keys.files import unlink_dead_keys
from infra.secrets import ensure_secrets
from infra.secrets.sharing import processes_in_containers, share
from shared.settings import setting, state_directory

HERE = Path(__file__).parent
KEYS = Path("/keys")
KAFKA_DATA, KAFKA_PORTS, KAFKA_HOST = Path("/var/lib/kafka/data"), Ports(9092, 9093), "kafka"


def make_keys() -> None:
    """Made once; what is derived from them is written anew. Keys of runs that have died are gone before anybody starts."""
    private, _ = ensure_secrets(state_directory())
    ensure_backup_key(state_directory())
    unlink_dead_keys()
    share(state_directory(), processes_in_containers())
    ours = json.loads(private.read_text())
    postgres_keys(ours["database"]["postgres"])
    kafka_keys(ours["kafka"][ADMIN])
    keycloak_keys()
    once(KEYS / "grafana" / "admin")


def postgres_keys(password: str) -> None:
    """Writes PostgreSQL's password and settings: as on one machine, but open to other containers."""
    write(KEYS / "postgres" / "password", password)
    here_only = ("listen_addresses", "unix_socket_directories")
    kept = [line for line in CONFIGURATION.strip().splitlines() if not line.startswith(here_only)]
    write(KEYS / "postgres" / "postgresql.conf", "\n".join(["listen_addresses = '*'", *kept, ""]))


def kafka_keys(password: str) -> None:
    folder = KEYS / "kafka"
    properties = server_properties(
        KAFKA_DATA, KAFKA_PORTS, setting("KAFKA_SECURITY"), password, host=KAFKA_HOST
    )
    write(folder / "server.properties", properties)
    write(folder / "client.properties", client_properties(password))
    write(folder / "log4j2.properties", LOG)
    write(folder / "administrator", f"SCRAM-SHA-512=[name={ADMIN},password={password}]")


def client_properties(password: str) -> str:
    """Returns the properties with which the broker's own tools enter, for its health check."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return (
        f"security.protocol={setting('KAFKA_SECURITY')}\nsasl.mechanism=SCRAM-SHA-512\n"
        f'sasl.jaas.config={module} required username="{ADMIN}" password="{password}";\n'
    )


def keycloak_keys() -> None:
    """Its administrator, its database, and the realm in which the consultancy's people sign in."""
    folder = KEYS / "keycloak"
    for name in ("admin", "database"):
        once(folder / name)
    realm = Template((HERE / "keycloak" / "realm.json").read_text())
    write(
        folder / "realm" / "realm.json", realm.substitute(secret=once(folder / "client"), console=console())
    )


def console() -> str:
    """Returns the address to which the consultancy's people come back after signing in."""
    return setting("SITE").format(slug="console")


def once(path: Path) -> str:
    """A password that is made at the first call and stays."""
    if not path.exists():
        write(path, secrets.token_urlsafe(24))
    return path.read_text()


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o644)
