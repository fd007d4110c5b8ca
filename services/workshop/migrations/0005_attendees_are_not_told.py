"""attendees are not told

Identity asks who has been at a workshop; the timer that told it is of no use any more.
"""

from alembic import op

revision = "workshop_0005"
down_revision = "workshop_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM timer WHERE name = 'count_attendees'")
