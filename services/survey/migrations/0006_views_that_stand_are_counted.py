"""views that stand are counted"""

import sqlalchemy as sa
from alembic import op

revision = "survey_0006"
down_revision = "survey_0005"
branch_labels = None
depends_on = None

SO_FAR = """
    UPDATE theme SET shared = standing.views
    FROM (SELECT tenant_id, theme_id, count(*) AS views FROM view WHERE status = 'shared' GROUP BY 1, 2) AS standing
    WHERE standing.tenant_id = theme.tenant_id AND standing.theme_id = theme.id"""


def upgrade() -> None:
    op.add_column("theme", sa.Column("shared", sa.Integer(), server_default="0", nullable=False))
    for table in ("theme", "view"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    op.execute(SO_FAR)
    for table in ("theme", "view"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
