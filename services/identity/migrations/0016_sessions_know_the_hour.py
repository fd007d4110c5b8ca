"""sessions know the hour

Of a session no moment is kept but the hour in which it began and was last used; rows of before are written anew so.
"""

from alembic import op

revision = "identity_0016"
down_revision = "identity_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE visit NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.execute("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM visit")
    op.execute("UPDATE kept SET seen_at = date_trunc('hour', seen_at), ends_at = date_trunc('hour', ends_at)")
    op.execute("TRUNCATE visit")
    op.execute("INSERT INTO visit SELECT * FROM kept ORDER BY random()")
    op.execute("ALTER TABLE visit FORCE ROW LEVEL SECURITY")
