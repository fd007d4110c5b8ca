"""results that point to nobody

Results made before are broken down anew by a timer: until it has fired, all their groups are withheld.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "voting_0002"
down_revision = "voting_0001"
branch_labels = None
depends_on = None

TABLES = ("ballot", "view", "place", "hand")
ZERO = sa.text("0")


def upgrade() -> None:
    op.add_column("ballot", sa.Column("voters_shown", sa.Integer(), server_default=ZERO, nullable=False))
    op.add_column("ballot", sa.Column("voters_told", sa.Integer(), server_default=ZERO, nullable=False))
    op.add_column("ballot", sa.Column("voters_counted", sa.Integer(), nullable=True))
    op.add_column("view", sa.Column("readings_shown", sa.Integer(), server_default=ZERO, nullable=False))
    nothing = sa.text("'{}'")
    op.add_column("place", sa.Column("groups", postgresql.JSONB(), server_default=nothing, nullable=False))
    op.alter_column("place", "groups", server_default=None)
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    for line in WHAT_IS_KNOWN_ALREADY:
        op.execute(line)
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


WHAT_IS_KNOWN_ALREADY = (
    """UPDATE ballot SET voters_shown = people, voters_told = people,
           voters_counted = CASE WHEN counted_at IS NOT NULL THEN people END
       FROM (SELECT tenant_id, run_id, count(*) AS people FROM hand WHERE answered > 0 GROUP BY tenant_id, run_id) AS voted
       WHERE voted.tenant_id = ballot.tenant_id AND voted.run_id = ballot.run_id AND people >= 5""",
    """UPDATE ballot SET voters_counted = 0 WHERE counted_at IS NOT NULL AND voters_counted IS NULL""",
    """UPDATE view SET readings_shown = agrees + passes + disagrees
       FROM ballot WHERE ballot.tenant_id = view.tenant_id AND ballot.run_id = view.run_id
       AND (ballot.voters_shown >= 5 OR ballot.ended_at IS NOT NULL)""",
    """INSERT INTO timer (tenant_id, name, about, due_at)
       SELECT tenant_id, 'break_down_again', run_id, now() FROM ballot WHERE counted_at IS NOT NULL
       ON CONFLICT DO NOTHING""",
)
