"""nobody is on a list of those who took part

Who has taken part is asked when it is needed. The lists of before go, also out of what was told. Activities that may be open are
counted from now on by a timer each night; of one that has ended it is the last until its key dies.
"""

from alembic import op

from shared.migrations.lists_of_people import forget_the_lists

revision = "identity_0014"
down_revision = "identity_0013"
branch_labels = None
depends_on = None

COUNTED_AT_NIGHT = """
    INSERT INTO timer (tenant_id, name, about, due_at)
    SELECT DISTINCT tenant_id, 'turnout_of_' || activity, run_id, now() FROM belonging
    WHERE activity IN ('give_views', 'prioritise', 'workshop_1', 'workshop_2')
    UNION SELECT DISTINCT tenant_id, 'turnout_of_' || activity, run_id, now() FROM attendance
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    for table in ("belonging", "attendance"):  # every organisation's rows at once
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(COUNTED_AT_NIGHT)
    op.execute("ALTER TABLE belonging FORCE ROW LEVEL SECURITY")
    op.drop_table("attendance")
    forget_the_lists(op.get_bind())
