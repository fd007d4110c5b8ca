"""second factors

Which words of a provider say that somebody has shown a second factor, whether a session was begun with one, and from which day on the
organisation asks for it at the desk.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "identity_0030"
down_revision = "identity_0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("factors", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("visit", sa.Column("has_second_factor", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("organisation", sa.Column("second_factor_from", sa.Date))
