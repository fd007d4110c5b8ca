"""browsers have kinds

A session knows the family of its browser and whether it is a phone's, so that its person knows it again in the list of her own.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0025"
down_revision = "identity_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("browser", sa.String, nullable=False, server_default="other"))
    op.add_column("visit", sa.Column("device", sa.String, nullable=False, server_default="computer"))
