"""no count names who asked

Questions and codes are not counted in the database any more, so no count of another day would take away what was counted before.
"""

from alembic import op

revision = "townhall_0005"
down_revision = "townhall_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("TRUNCATE limit_count, limit_salt")
