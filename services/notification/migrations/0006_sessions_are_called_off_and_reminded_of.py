"""sessions are called off and reminded of"""

import sqlalchemy as sa
from alembic import op

revision = "notification_0006"
down_revision = "notification_0005"
branch_labels = None
depends_on = None

REMIND = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT tenant_id, 'remind_of_session', id, starts_at - interval '1 day' FROM appointment
    WHERE kind IN ('workshop_1', 'workshop_2') AND starts_at > now() + interval '1 day'"""


def upgrade() -> None:
    op.add_column("appointment", sa.Column("is_off", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("appointment", "is_off", server_default=None)
    op.execute("ALTER TABLE appointment NO FORCE ROW LEVEL SECURITY")
    op.execute(REMIND)
    op.execute("ALTER TABLE appointment FORCE ROW LEVEL SECURITY")
