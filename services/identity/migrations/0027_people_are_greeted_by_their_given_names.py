"""people are greeted by their given names

The first word of a name is a family name where directories write it first. Until the next sign-in people are greeted by their whole names.
"""

import sqlalchemy as sa
from alembic import op

from shared.migrations.samples import never_sampled

revision = "identity_0027"
down_revision = "identity_0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("given_name", sa.String, nullable=False, server_default=""))
    never_sampled(member=("given_name",))
