"""voters are not told

Identity asks who has voted; how many have been told of is of no use any more.
"""

from alembic import op

revision = "voting_0005"
down_revision = "voting_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("ballot", "voters_told")
    op.execute("DELETE FROM timer WHERE name = 'tell_who_voted'")
