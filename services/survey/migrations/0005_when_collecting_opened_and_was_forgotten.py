"""when collecting opened and was forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "survey_0005"
down_revision = "survey_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("opened_at", "forgotten_at"):
        op.add_column("collecting", sa.Column(name, sa.DateTime(timezone=True)))
