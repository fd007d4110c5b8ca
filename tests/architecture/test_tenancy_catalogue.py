"""The catalogue of the database proves that no table, view or role forgot the organisation."""

import pytest
from sqlalchemy import create_engine, text

from shared.database import engine_of, operating, worker_engine_of
from shared.settings import ROLES, SERVICES, database_url

# Tables without row security, and why. A new name here wants a reason in its docstring.
TABLES_OF_MESSAGING = {
    "outbox",
    "inbox",
    "dead_letter",
    "timer",
    "discarding",
    "partition_halt",
    "erased_tenant",
    "limit_count",
    "limit_salt",
    "schema_version",
}  # ids and facts, read by the worker
BUS = {"transport", "log_partition", "event_log", "group_partition", "group_member"}  # content-blind events
DIRECTORIES = {
    "identity.host",  # which organisation a host name belongs to, asked before one is known
    "notification.mail_outage",  # the mail server is everybody's: numbers and its words, shown to whoever runs Polku
}


@pytest.fixture(scope="module")
def catalogue(database):
    owner = create_engine(database_url("polku_owner"))
    with owner.connect() as connection:
        yield connection
    owner.dispose()


def tables(catalogue) -> list:
    return catalogue.execute(
        text("""
        SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relrowsecurity AS enabled,
               c.relforcerowsecurity AS forced, c.oid
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind IN ('r', 'v', 'm', 'p')""")
    ).all()


def owned(catalogue) -> list:
    return [
        table
        for table in tables(catalogue)
        if table.schema != "bus"
        and table.name not in TABLES_OF_MESSAGING
        and f"{table.schema}.{table.name}" not in DIRECTORIES
    ]


def test_the_bus_holds_nothing_else(catalogue):
    assert {table.name for table in tables(catalogue) if table.schema == "bus"} == BUS


def test_every_table_has_forced_row_security(catalogue):
    assert owned(catalogue)
    assert not [
        f"{t.schema}.{t.name}" for t in owned(catalogue) if not (t.kind == "r" and t.enabled and t.forced)
    ]


def test_every_policy_reads_and_writes_by_organisation(catalogue):
    policies = {
        (row.schemaname, row.tablename): (row.qual or "", row.with_check or "")
        for row in catalogue.execute(text("SELECT * FROM pg_policies"))
    }
    for table in owned(catalogue):
        using, check = policies[table.schema, table.name]
        for condition in (using, check):
            assert "tenant_id" in condition and "app.tenant" in condition, f"{table.schema}.{table.name}"


def test_the_organisation_comes_first_in_every_key(catalogue):
    first_columns = catalogue.execute(
        text("""
        SELECT n.nspname || '.' || c.relname AS name, k.contype,
               (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = k.conkey[1]) AS first
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype IN ('p', 'u', 'f')""")
    ).all()
    names = {f"{table.schema}.{table.name}" for table in owned(catalogue)}
    assert not [row for row in first_columns if row.name in names and row.first != "tenant_id"]


def test_no_service_is_powerful(catalogue):
    powerful = catalogue.execute(
        text(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(:names) AND (rolsuper OR rolbypassrls OR rolcreaterole)"
        ),
        {"names": list(ROLES)},
    ).all()
    assert not powerful
    owners = {row.tableowner for row in catalogue.execute(text("SELECT tableowner FROM pg_tables"))}
    assert not owners & set(ROLES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reaches_only_its_own_schema(database, service):
    assert reachable(engine_of(service)) == {service}
    assert reachable(worker_engine_of(service)) == {service, "bus"}
    with operating(service) as open_session:
        assert reachable(open_session.kw["bind"]) == {service, "bus"}


def reachable(engine) -> set[str]:
    schemas = text("""
        SELECT n.nspname FROM pg_namespace n WHERE has_schema_privilege(current_user, n.oid, 'USAGE')
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'public')""")
    with engine.connect() as connection:
        return set(connection.scalars(schemas))


def functions(catalogue) -> list:
    """Ours, in every schema."""
    return catalogue.execute(
        text("""
        SELECT n.nspname || '.' || p.proname AS name, p.prosecdef AS with_owners_rights, p.proconfig AS settings,
               p.proowner::regrole::text AS owner, has_function_privilege('public', p.oid, 'EXECUTE') AS is_everybodys
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY(:schemas)"""),
        {"schemas": [*SERVICES, "bus", "public"]},
    ).all()


# What no service may do itself: append to the event log, take an erased organisation's logs away, and write its tables anew.
OWNERS_RIGHTS = {
    "bus.append",
    "bus.note_ends",
    "bus.write_anew",
    "bus.end_the_log",
    "identity.erase_way_in_changes",
    "identity.erase_audit_entries",
}


def test_only_the_logs_own_functions_run_with_their_owners_rights_and_a_pinned_path(catalogue):
    powerful = {f.name: f for f in functions(catalogue) if f.with_owners_rights}
    assert powerful.keys() == OWNERS_RIGHTS
    for function in powerful.values():
        schema = function.name.partition(".")[0]
        assert function.settings == [f"search_path=pg_catalog, {schema}, pg_temp"]
        assert function.owner == "polku_owner"  # who is no superuser


def test_no_function_of_ours_is_everybodys(catalogue):
    assert [f.name for f in functions(catalogue) if f.is_everybodys] == []


def test_the_event_log_is_written_by_its_owner_alone(catalogue):
    """Not by a service, nor by anybody that a service is a member of."""
    writers = catalogue.execute(
        text("""
        SELECT r.rolname, t.name FROM pg_roles r, unnest(CAST(:tables AS text[])) AS t (name)
        WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%'
          AND has_table_privilege(r.oid, 'bus.' || t.name, 'INSERT, UPDATE, DELETE, TRUNCATE')"""),
        {"tables": ["event_log", "log_partition", "transport"]},
    )
    assert {row.rolname for row in writers} == {"polku_owner"}


def test_a_log_that_is_only_added_to_cannot_be_changed_by_its_service(database):
    """Not even by somebody who has the service's password; nor may the owner's function, before the tombstone stands."""
    may = text("SELECT has_table_privilege(:log, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']))")
    for engine in (engine_of("identity"), worker_engine_of("identity")):
        with engine.connect() as connection:
            for log in ("way_in_change", "audit_entry"):
                assert not any(connection.scalars(may, {"log": log})), log
