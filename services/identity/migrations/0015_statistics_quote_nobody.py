"""statistics quote nobody

ANALYZE keeps samples of what columns hold in a table of the database's own, where no erasure reaches: none of names, addresses and
accounts any more. The samples of before go, and the file that held them is written anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0015"
down_revision = "identity_0014"
branch_labels = None
depends_on = None

QUOTED = [("member", name) for name in ("name", "email", "issuer", "subject")]
OF_THE_INDEX = ("ix_member_tenant_email", "lower")  # its second column


def upgrade() -> None:
    for table, column in QUOTED:
        op.execute(f"ALTER TABLE {table} ALTER {column} SET STATISTICS 0")
    op.execute("ALTER INDEX ix_member_tenant_email ALTER COLUMN 2 SET STATISTICS 0")
    forget = sa.text("SELECT pg_clear_attribute_stats(current_schema(), :relation, :column, false)")
    for relation, column in [*QUOTED, OF_THE_INDEX]:
        op.get_bind().execute(forget, {"relation": relation, "column": column})
    with op.get_context().autocommit_block():
        op.execute("VACUUM FULL pg_catalog.pg_statistic")
