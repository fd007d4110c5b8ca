"""acts are kept in a chain

Each entry of an organisation's audit log is numbered and sealed here, on top of the seal of the one before it
(services/identity/audit/chain.py reckons the same). Services may add to the log and read it, nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0024"
down_revision = "identity_0023"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")
# One after the other within an organisation, until the commit: two who were numbered alike could not both be sealed.
SEAL = """
    CREATE FUNCTION {schema}.seal_audit_entry() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, {schema}, pg_temp AS $$
    DECLARE last record;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.tenant_id || ':audit', 0));
        SELECT number, hash INTO last FROM {schema}.audit_entry WHERE tenant_id = NEW.tenant_id ORDER BY number DESC LIMIT 1;
        NEW.number := coalesce(last.number, 0) + 1;
        NEW.previous := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
        NEW.at := date_trunc('second', NEW.at);
        NEW.hash := sha256(NEW.previous || convert_to(concat_ws(E'\\n',
            'polku-audit-1', NEW.tenant_id, NEW.number,
            to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), NEW.kind, NEW.side,
            coalesce(NEW.actor_id::text, '-'), coalesce(NEW.about_id::text, '-'), coalesce(NEW.run_id::text, '-'),
            NEW.facts), 'UTF8'));
        RETURN NEW;
    END $$"""
# An erased organisation's log goes with it, by the owner of the table, as that of the ways in (0010).
ERASE = """
    CREATE FUNCTION {schema}.erase_audit_entries() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, {schema}, pg_temp AS $$
        WITH gone AS (
            DELETE FROM {schema}.audit_entry WHERE tenant_id = current_setting('app.tenant')::uuid
            AND EXISTS (SELECT FROM {schema}.erased_tenant WHERE tenant_id = current_setting('app.tenant')::uuid)
            RETURNING 1)
        SELECT count(*) FROM gone
    $$"""

# Who is open already has its days noted from now on (audit/day.py).
DAYS_OF_EVERYBODY = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT tenant_id, 'audit_day', tenant_id, (CURRENT_DATE + 1)::timestamp AT TIME ZONE 'Europe/Helsinki' + interval '10 minutes'
    FROM organisation ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_audit_entry")),
    )
    op.protect("audit_entry")
    op.create_index("ix_audit_entry_at", "audit_entry", ["tenant_id", "at"])
    op.execute("REVOKE UPDATE, DELETE ON audit_entry FROM identity")
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text("SELECT current_schema()")))
    op.get_bind().exec_driver_sql(SEAL.format(schema=schema))  # its colons are no parameters
    op.execute("CREATE TRIGGER sealed BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION seal_audit_entry()")
    op.execute(ERASE.format(schema=schema))
    for function in ("seal_audit_entry", "erase_audit_entries"):
        op.execute(f"REVOKE ALL ON FUNCTION {schema}.{function}() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {schema}.erase_audit_entries() TO identity")
    op.execute("ALTER TABLE organisation NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.get_bind().exec_driver_sql(DAYS_OF_EVERYBODY)
    op.execute("ALTER TABLE organisation FORCE ROW LEVEL SECURITY")
