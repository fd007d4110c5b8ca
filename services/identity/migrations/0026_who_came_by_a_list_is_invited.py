"""who came by a list is invited

Everybody who is here by now gets mails already.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0026"
down_revision = "identity_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("is_invited", sa.Boolean(), server_default=sa.text("true"), nullable=False))
