"""Secrets are replaced while Polku runs: the new one is in use at once, the old one is understood for as long as it is needed.

Every process reads its file anew when it has changed, so nothing is restarted. What was cut off is taken up by calling the
same again.
"""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from infra.database.provisioning import make_role, one_at_a_time
from infra.secrets import KEYS_ARE_FILES, password, public_key, read, signing_key, vault_key, write
from infra.secrets.sharing import share
from shared.privacy.vault import Vault

TOKENS_END_AFTER = 600  # seconds; a token lives for two minutes at most
Connect = Callable[[str], psycopg.Connection]  # the administrator's, by his password
SEALED = (  # schema, table, column, and the column that the seal is bound to
    ("identity", "connection", "sealed_secret", None),
    ("identity", "confirmation_link", "sealed_secret", None),
    ("identity", "people_import", "sealed_content", "id"),
    ("identity", "people_import", "sealed_result", "id"),
    ("identity", "setup_link", "sealed_secret", None),
    ("notification", "webhook", "sealed_secret", "id"),
    ("notification", "webhook", "sealed_old_secret", "id"),
)


def rotate_signing(home: Path) -> None:
    """Gives everybody who signs a new key. Tokens of the old one are believed until they have ended."""
    made, now = read(home / "secrets.json"), time.time()
    kept = [key for key in made.get("former_signing", []) if key["until"] > now]
    old = [{"key": public_key(key), "until": now + TOKENS_END_AFTER} for key in made["signing"].values()]
    fresh = {issuer: signing_key(issuer) for issuer in made["signing"]}
    keep(home, made | {"signing": fresh, "former_signing": kept + old})


def rotate_database(home: Path, connect: Connect) -> None:
    """Gives every role a new password. Until the database knows them all, programs try the new one and then the old one."""
    made = read(home / "secrets.json")
    if "former_database" not in made:
        fresh = {role: password() for role in made["database"]}
        keep(home, made | {"database": fresh, "former_database": made["database"]})
    settle_database(home, connect)


def keep(home: Path, made: dict) -> None:
    write(home / "secrets.json", made)
    share(home)


def settle_database(home: Path, connect: Connect) -> None:
    """Ends a rotation of passwords that was begun: the database learns the new ones, the old ones are forgotten."""
    made = read(home / "secrets.json")
    former = made.pop("former_database", None)
    if former is None:
        return
    with administrator(connect, made["database"]["postgres"], former["postgres"]) as connection:
        one_at_a_time(connection)
        for role in [role for role in made["database"] if role_exists(connection, role)]:
            make_role(connection, role, made["database"][role])
    keep(home, made)


def administrator(connect: Connect, *passwords: str) -> psycopg.Connection:
    """By the first of the passwords that the database takes."""
    *others, last = passwords
    for one in others:
        try:
            return connect(one)
        except psycopg.OperationalError as refused:
            if "authentication failed" not in str(refused):
                raise
    return connect(last)


def role_exists(connection: psycopg.Connection, role: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    return found is not None


def rotate_vault(home: Path, connect: Connect) -> int:
    """Gives every service that seals a new key and seals all rows with it anew; the old keys still open. Returns how many
    rows were sealed anew."""
    made = read(home / "secrets.json")
    keep(home, made | {"vault": {service: [vault_key(), *keys] for service, keys in made["vault"].items()}})
    return seal_anew(home, connect)


def retire_vault(home: Path, connect: Connect) -> int:
    """Takes the old keys from all processes, once no row needs them any more; the operator's file keeps them for the sake of
    backups. Returns how many rows had to be sealed anew."""
    found = seal_anew(home, connect)
    made = read(home / "secrets.json")
    retired = {
        service: keys[1:] + made.get("retired_vault", {}).get(service, [])
        for service, keys in made["vault"].items()
    }
    vault = {service: keys[:1] for service, keys in made["vault"].items()}
    keep(home, made | {"vault": vault, "retired_vault": retired, KEYS_ARE_FILES: True})
    return found


def leave_the_vault_of_before(home: Path, connect: Connect) -> bool:
    """Replaces the vault keys that have sealed keys of runs, in installations from before those were files: destroyed ones lie in
    holes of the database's files and in its backups. Returns whether it had to; call it after the migrations."""
    if not sealed_keys_of_runs(read(home / "secrets.json")):
        return False
    rotate_vault(home, connect)
    retire_vault(home, connect)
    return True


def sealed_keys_of_runs(made: dict) -> bool:
    return "vault" in made and not made.get(KEYS_ARE_FILES)


def forget_retired_vault(home: Path) -> None:
    """Destroys the retired keys: no backup that was sealed with them can be read again."""
    made = read(home / "secrets.json")
    made.pop("retired_vault", None)
    keep(home, made)


def bring_back(home: Path, is_wanted: Callable[[str], bool]) -> None:
    """Lets retired keys open again: a backup that was sealed with them has been restored, maybe with keys of runs."""
    made = read(home / "secrets.json")
    retired = made.get("retired_vault", {})
    again = {service: [key for key in keys if is_wanted(key)] for service, keys in retired.items()}
    if any(again.values()):
        vault = {service: keys + again.get(service, []) for service, keys in made["vault"].items()}
        left = {service: [key for key in keys if not is_wanted(key)] for service, keys in retired.items()}
        keep(home, made | {"vault": vault, "retired_vault": left, KEYS_ARE_FILES: False})


def seal_anew(home: Path, connect: Connect) -> int:
    """Seals what an old key has sealed with the new one, and writes the tables anew, so that their files hold no old seal."""
    made = read(home / "secrets.json")
    done = 0
    with administrator(connect, made["database"]["postgres"]) as connection:
        for schema, table, column, about in SEALED:
            mended = seal_column_anew(connection, Vault(made["vault"][schema]), schema, table, column, about)
            if mended:
                connection.execute(sql.SQL("VACUUM FULL {}").format(sql.Identifier(schema, table)))
            done += mended
    return done


def seal_column_anew(
    connection: psycopg.Connection, vault: Vault, schema: str, table: str, column: str, about: str | None
) -> int:
    names = {"place": sql.Identifier(schema, table), "sealed": sql.Identifier(column)}
    bound = sql.Identifier(about) if about else sql.SQL("NULL::uuid")
    query = sql.SQL("SELECT ctid, {sealed}, {bound} FROM {place} WHERE length({sealed}) > 0")
    rows = connection.execute(query.format(**names, bound=bound)).fetchall()
    old = [(place, sealed, id.bytes if id else None) for place, sealed, id in rows]
    anew = [
        (vault.seal_anew(sealed, about), place, sealed)
        for place, sealed, about in old
        if vault.is_old(sealed, about)
    ]
    change = sql.SQL("UPDATE {place} SET {sealed} = %s WHERE ctid = %s AND {sealed} = %s").format(**names)
    connection.cursor().executemany(change, anew)
    return len(anew)
