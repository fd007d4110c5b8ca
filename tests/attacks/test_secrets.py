"""Each process reads its own secrets alone, and every secret can be replaced while people work."""

import json
import os
import shutil
import stat
import tempfile
from functools import partial
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import LargeBinary, create_engine, event, text

from infra.database.postgres import Postgres
from infra.one_machine.launcher import keep_private
from infra.secrets import ISSUERS, ensure_secrets, rotation
from infra.secrets.sharing import settings_of, share
from services.identity.models import Base as OfIdentity
from services.notification.models import Base as OfNotification
from shared.connecting import connect_for_sqlalchemy
from shared.privacy.vault import Vault, vault_of
from shared.problems import WhoAreYou
from shared.settings import SERVICES, database_url
from shared.web.tokens import Caller, issue, verify

PROCESSES = ("web", "worker", "live", "demo-services")


@pytest.fixture
def home(tmp_path):
    ensure_secrets(tmp_path)
    share(tmp_path, PROCESSES)
    return tmp_path


def told(home: Path, process: str) -> dict:
    return json.loads((home / "parts" / process / "secrets.json").read_text())


def be(process: str, home: Path, monkeypatch) -> None:
    """From now on this process reads what the process reads."""
    for name, value in settings_of(home, process).items():
        monkeypatch.setenv(name, value)


def test_no_part_of_one_machine_has_everything(home):
    for process in PROCESSES:
        assert not {"postgres", "polku_owner"} & set(told(home, process).get("database", {})), process
        assert "admin" not in told(home, process).get("kafka", {}), process
    assert "identity" not in told(home, "worker")["signing"], "it vouches for nobody"
    assert set(told(home, "live")["database"]) == {"portal"} and "vault" not in told(home, "live")
    assert told(home, "demo-services") == {}


def test_nobody_else_on_the_machine_reads_what_lies_there(home):
    for room in ("logs", "run", "mailbox"):
        (home / room).mkdir()
        (home / room / "of-an-older-version").write_text("x")
        (home / room / "of-an-older-version").chmod(0o644)
        (home / room).chmod(0o755)
    usual = os.umask(0o022)
    try:
        keep_private(home)
        (home / "logs" / "new.log").write_text("x")
    finally:
        os.umask(usual)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
    assert not [path for path, mode in modes.items() if mode & 0o077]
    assert not stat.S_IMODE(home.stat().st_mode) & 0o066, "others may pass at most, and not list"


def test_a_new_signing_key_is_believed_at_once_and_the_old_one_until_its_tokens_end(home, monkeypatch):
    be("web", home, monkeypatch)
    who = Caller(tenant=uuid4(), subject=uuid4(), roles=frozenset({"participant"}))
    before = issue("identity", "voting", who)
    rotation.rotate_signing(home)
    after = issue("identity", "voting", who)
    assert verify(before, "voting") == verify(after, "voting") == who
    assert before.split(".")[0] != after.split(".")[0], "the header names another key"
    monkeypatch.setattr(rotation.time, "time", lambda now=rotation.time.time(): now + 3600)
    monkeypatch.setattr("infra.secrets.time.time", lambda now=rotation.time.time(): now)
    ensure_secrets(home)
    share(home)
    assert len(json.loads((home / "jwks.json").read_text())["keys"]) == len(ISSUERS)


def test_a_stolen_signing_key_is_worth_nothing_once_its_tokens_have_ended(home, monkeypatch):
    be("web", home, monkeypatch)
    stolen = issue("identity", "voting", Caller(tenant=uuid4(), subject=uuid4()))
    rotation.rotate_signing(home)
    made = json.loads((home / "secrets.json").read_text())
    rotation.keep(home, made | {"former_signing": [key | {"until": 0} for key in made["former_signing"]]})
    with pytest.raises(WhoAreYou):
        verify(stolen, "voting")


@pytest.fixture
def own_server():
    """A server of this test alone, whose passwords may change. Not below pytest's folder (tests/conftest.py)."""
    home = Path(tempfile.mkdtemp(prefix="polku-rotated-"))
    home.chmod(0o711)
    ensure_secrets(home)
    postgres = Postgres(home, json.loads((home / "secrets.json").read_text()))
    postgres.start()
    try:
        postgres.provision()
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(home)


@pytest.fixture
def rotated(own_server, monkeypatch):
    home = own_server.data.parent
    share(home, PROCESSES)
    be("web", home, monkeypatch)
    monkeypatch.setenv("POLKU_DATABASE", own_server.address())
    return home


@pytest.fixture
def voting(rotated):
    """An engine as a service has one, made before the rotation; each question enters anew."""
    engine = create_engine(database_url("voting"))
    event.listen(engine, "do_connect", connect_for_sqlalchemy)

    def ask() -> int:
        engine.dispose()
        with engine.connect() as connection:
            return connection.scalar(text("SELECT 1"))

    yield ask
    engine.dispose()


def test_passwords_are_replaced_and_nobody_is_turned_away(rotated, own_server, voting):
    old = json.loads((rotated / "secrets.json").read_text())["database"]
    asked = []

    def in_between(password):
        """The files have the new passwords, the database does not know them yet."""
        asked.append(voting())
        return own_server.as_administrator(password)

    assert voting() == 1
    rotation.rotate_database(rotated, in_between)
    assert asked and voting() == 1
    made = json.loads((rotated / "secrets.json").read_text())
    assert "former_database" not in made and not set(made["database"].values()) & set(old.values())
    for role in ("postgres", "polku_owner", *SERVICES):
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            own_server.enter("postgres", role, old[role])


def test_a_rotation_of_passwords_that_was_cut_off_is_ended_by_the_next_start(rotated, own_server, voting):
    class Killed(Exception):
        pass

    def killed(password):
        raise Killed

    with pytest.raises(Killed):
        rotation.rotate_database(rotated, killed)
    assert voting() == 1
    fresh = Postgres(rotated, json.loads((rotated / "secrets.json").read_text()), own_server.port)
    fresh.provision()
    rotation.settle_database(rotated, fresh.as_administrator)
    assert voting() == 1 and "former_database" not in json.loads((rotated / "secrets.json").read_text())


def test_the_rotation_knows_every_column_that_is_sealed():
    tables = [*OfIdentity.metadata.tables.values(), *OfNotification.metadata.tables.values()]
    found = {
        (table.metadata.info["service"], table.name, column.name)
        for table in tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.startswith("sealed")
    }
    assert found == {(schema, table, column) for schema, table, column, _ in rotation.SEALED}


def make_sealed_tables(connection: psycopg.Connection) -> None:
    """Every table that has something sealed, with that alone and what the seal is bound to."""
    for (schema, table), rows in groupby(rotation.SEALED, lambda row: row[:2]):
        columns = list(rows)
        bound = {f"{about} uuid" for *_, about in columns if about}
        names = ", ".join([*bound, *(f"{column} bytea" for _, _, column, _ in columns)])
        connection.execute(f"CREATE TABLE {schema}.{table} ({names})")


def test_a_vault_key_is_replaced_and_the_old_one_opens_nothing_any_more(rotated, own_server):
    made = json.loads((rotated / "secrets.json").read_text())
    old, id = Vault(made["vault"]["notification"]), uuid4()
    connect = partial(own_server.enter, "polku", "postgres")
    with connect(made["database"]["postgres"]) as connection:
        make_sealed_tables(connection)
        connection.execute(
            "INSERT INTO notification.webhook VALUES (%s, %s, '')", [id, old.seal(b"secret", id.bytes)]
        )
    assert rotation.rotate_vault(rotated, connect) == 1

    def sealed() -> bytes:
        with connect(made["database"]["postgres"]) as connection:
            return connection.execute("SELECT sealed_secret FROM notification.webhook").fetchone()[0]

    assert vault_of("notification").open(sealed(), id.bytes) == b"secret"
    with pytest.raises(InvalidTag):
        old.open(sealed(), id.bytes)
    late = old.seal(b"late", id.bytes)  # by a process that had not looked yet
    with connect(made["database"]["postgres"]) as connection:
        connection.execute("UPDATE notification.webhook SET sealed_secret = %s", [late])
    assert vault_of("notification").open(late, id.bytes) == b"late"
    assert rotation.retire_vault(rotated, connect) == 1
    assert vault_of("notification").open(sealed(), id.bytes) == b"late"
    with pytest.raises(InvalidTag):
        vault_of("notification").open(late, id.bytes)


def test_the_vault_that_sealed_keys_of_runs_is_replaced_once(rotated, own_server):
    """They lie in holes of the database's files; what it sealed besides is sealed anew."""
    made = json.loads((rotated / "secrets.json").read_text())
    connect = partial(own_server.enter, "polku", "postgres")
    with connect(made["database"]["postgres"]) as connection:
        make_sealed_tables(connection)
        sealed = vault_of("identity").seal(b"secret")
        connection.execute("INSERT INTO identity.connection VALUES (%s)", [sealed])
    assert not rotation.leave_the_vault_of_before(rotated, connect), "a new installation has none"
    rotation.keep(rotated, {name: held for name, held in made.items() if name != "keys_are_files"})
    in_a_hole = vault_of("identity").seal(b"a run's key")
    assert rotation.leave_the_vault_of_before(rotated, connect)
    assert not rotation.leave_the_vault_of_before(rotated, connect)
    with pytest.raises(InvalidTag):
        vault_of("identity").open(in_a_hole)
    with connect(made["database"]["postgres"]) as connection:
        (sealed,) = connection.execute("SELECT sealed_secret FROM identity.connection").fetchone()
    assert vault_of("identity").open(sealed) == b"secret"
    assert "retired_vault" not in told(rotated, "web") and "retired_vault" not in told(rotated, "worker")


def test_a_restored_backup_from_before_the_rotation_opens_again(rotated, own_server):
    made = json.loads((rotated / "secrets.json").read_text())
    before = vault_of("identity").seal(b"secret")
    fresh = {service: [rotation.vault_key(), *keys] for service, keys in made["vault"].items()}
    rotation.keep(
        rotated,
        made
        | {
            "vault": {s: k[:1] for s, k in fresh.items()},
            "retired_vault": {s: k[1:] for s, k in fresh.items()},
        },
    )
    with pytest.raises(InvalidTag):
        vault_of("identity").open(before)
    rotation.bring_back(rotated, lambda key: key in made["vault"]["identity"])
    assert vault_of("identity").open(before) == b"secret"
    assert rotation.sealed_keys_of_runs(json.loads((rotated / "secrets.json").read_text()))
    rotation.forget_retired_vault(rotated)
    assert "retired_vault" not in json.loads((rotated / "secrets.json").read_text())
