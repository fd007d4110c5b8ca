"""writers are not counted

Identity asks who has given a view; how many have been told of is of no use any more.
"""

from alembic import op

revision = "survey_0003"
down_revision = "survey_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("collecting", "counted")
