"""ends are announced"""

from alembic import op

revision = 'identity_0007'
down_revision = 'identity_0006'
branch_labels = None
depends_on = None

# By the tables themselves, so that no way of ending a session can forget to say so (docs/decisions/0068). A session is
# named by its id: it leads to nobody once the row is gone, and opens nothing.
ANNOUNCE = """
    CREATE FUNCTION announce_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('ended', OLD.tenant_id || ':' || (to_jsonb(OLD) ->> TG_ARGV[0]));
        RETURN NULL;
    END $$"""
WHEN = (
    ("visit_ends", "visit", "DELETE", "true", "id"),
    ("access_goes", "staff_access", "DELETE", "true", "id"),
    ("access_ends", "staff_access", "UPDATE", "OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL", "id"),
    ("organisation_goes", "organisation", "DELETE", "true", "tenant_id"),
    ("rooms_close", "organisation", "UPDATE", "OLD.suspended_at IS NULL AND NEW.suspended_at IS NOT NULL", "tenant_id"),
)


def upgrade() -> None:
    op.execute(ANNOUNCE)
    for name, table, act, condition, column in WHEN:
        op.execute(
            f"CREATE TRIGGER {name} AFTER {act} ON {table} FOR EACH ROW WHEN ({condition}) "
            f"EXECUTE FUNCTION announce_end('{column}')"
        )
