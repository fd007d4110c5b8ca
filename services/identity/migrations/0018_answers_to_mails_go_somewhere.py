"""answers to mails go somewhere"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0018"
down_revision = "identity_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("reply_to", sa.String))
