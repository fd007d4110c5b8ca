"""ways in admit those on the list

Who gets an account at the first sign-in: everybody with an address of the way in's domains, or only who is on the list of people.
"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0028"
down_revision = "identity_0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("admits", sa.String, nullable=False, server_default="domains"))
