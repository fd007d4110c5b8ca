"""Grants each role its rights to the messaging tables, besides their owner.

The role that answers people (`voting`) tells events and sets timers, of the organisation that it acts for, and sees nothing
else. Relay, listeners and timers (`voting_worker`) find their work among all organisations. `voting_operator` shows and
mends dead letters of all organisations, and reads no event log. docs/decisions/0065 says why.
"""

from sqlalchemy import Connection, text

from shared.migrations.anew import FUNCTIONS as FUNCTIONS_ANEW
from shared.migrations.event_log import FUNCTIONS, SERVICE
from shared.settings import operator_of, worker_of

SEE, ADD, ALL = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
NOTE = "SELECT, INSERT, UPDATE"
ANSWERS = {"outbox": "INSERT", "timer": ALL}
MENDS = {
    "outbox": SEE,
    "inbox": ADD,
    "dead_letter": ALL,
    "discarding": ALL,
    "partition_halt": NOTE,
    "erased_tenant": NOTE,
}
WORKS = MENDS | {"outbox": "SELECT, DELETE"}
GUARDED = sorted(ANSWERS | WORKS)  # the counts of limits are the service's as its own tables are
ON_THE_BUS = {
    worker_of: {
        "transport": SEE,
        "log_partition": SEE,
        "event_log": SEE,
        "group_partition": ALL,
        "group_member": ALL,
    },
    operator_of: {"log_partition": SEE, "group_partition": SEE},
}
# A key begins with the organisation (shared/messaging/events.py, Envelope.key).
OWN_EVENTS = "split_part(key, ':', 1) = current_setting('app.tenant')"
OWN_ROWS = "tenant_id = current_setting('app.tenant')::uuid"
OWN_GROUPS = f"split_part(grp, '.', 1) = {SERVICE}"


def allow_on_the_bus(connection: Connection, service: str) -> None:
    """In the schema of the bus: read, append, and move the positions of one's own groups."""
    for role in (service, worker_of(service), operator_of(service)):
        connection.execute(text(f'REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM "{role}"'))
        connection.execute(text(f'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM "{role}"'))
    for role_of, tables in ON_THE_BUS.items():
        give(connection, role_of(service), tables)
    for function in (*FUNCTIONS, *FUNCTIONS_ANEW):
        connection.execute(text(f'GRANT EXECUTE ON FUNCTION {function} TO "{worker_of(service)}"'))


def keep_groups_apart(connection: Connection) -> None:
    """Everybody sees how far all readers are, which a relay asks (shared/messaging/bus/fair_relay.py); each moves its own."""
    for table in ("group_partition", "group_member"):
        protect(connection, table, own_groups=f"USING ({OWN_GROUPS})", all_are_seen="FOR SELECT USING (true)")


def allow_messaging_tables(connection: Connection, service: str) -> None:
    """In the schema of the service, which is the current one. Everything else there the three may alike."""
    worker, operator = worker_of(service), operator_of(service)
    for role in (service, worker, operator):
        connection.execute(text(f'REVOKE ALL ON {", ".join(GUARDED)} FROM "{role}"'))
    for role, tables in {service: ANSWERS, worker: WORKS, operator: MENDS}.items():
        give(connection, role, tables)
    protect(
        connection,
        "outbox",
        own_events=f"FOR INSERT WITH CHECK ({OWN_EVENTS})",
        all_are_seen=f'FOR SELECT TO "{worker}", "{operator}" USING (true)',
        all_are_carried=f'FOR DELETE TO "{worker}" USING (true)',
    )
    protect(
        connection,
        "timer",
        own_timers=f"USING ({OWN_ROWS})",
        all_are_seen=f'FOR SELECT TO "{operator}" USING (true)',
        all_come_due=f'TO "{worker}" USING (true)',
    )
    protect(connection, "once", own_acts=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    connection.execute(text("ALTER TABLE once FORCE ROW LEVEL SECURITY"))
    tell_on_own_topics_alone(connection, service)


def tell_on_own_topics_alone(connection: Connection, service: str) -> None:
    """Otherwise a row that the log refuses would hold up all that wait behind it."""
    there = "SELECT FROM pg_constraint WHERE conname = 'own_topics' AND conrelid = 'outbox'::regclass"
    if not connection.scalar(text(f"SELECT EXISTS ({there})")):
        check = f"CHECK (split_part(topic, '.', 1) = '{service}')"
        connection.execute(text(f"ALTER TABLE outbox ADD CONSTRAINT own_topics {check}"))


def give(connection: Connection, role: str, tables: dict[str, str]) -> None:
    for table, rights in tables.items():
        connection.execute(text(f'GRANT {rights} ON "{table}" TO "{role}"'))


def protect(connection: Connection, table: str, **policies: str) -> None:
    """Row security with these policies, each made once: who changes one gives it another name. The owner is not subject
    to it: none of his processes answers anybody."""
    there = set(
        connection.scalars(
            text("SELECT polname FROM pg_policy WHERE polrelid = CAST(:table AS regclass)"), {"table": table}
        )
    )
    if not there:
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'))
    for name, rule in policies.items():
        if name not in there:
            connection.execute(text(f'CREATE POLICY {name} ON "{table}" {rule}'))
