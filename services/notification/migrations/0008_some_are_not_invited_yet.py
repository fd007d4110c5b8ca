"""some are not invited yet

Whoever came by a list gets no mail before being invited. Everybody who is known by now has been.
"""

import sqlalchemy as sa
from alembic import op

revision = "notification_0008"
down_revision = "notification_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipient", sa.Column("is_invited", sa.Boolean(), server_default=sa.text("true"), nullable=False))
