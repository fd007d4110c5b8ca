"""people sort as their languages do

The database knows no order of Finnish and Swedish letters (its order is that of code points), so each person keeps the letters by which the name
sorts. They are a name too: never sampled.
"""

import sqlalchemy as sa
from alembic import op

from shared.languages import alphabetical
from shared.migrations.samples import never_sampled

revision = "identity_0019"
down_revision = "identity_0018"
branch_labels = None
depends_on = None

NAMES = sa.text("SELECT tenant_id, id, name FROM member")
SORTED = sa.text("UPDATE member SET sort_name = :sort_name WHERE tenant_id = :tenant_id AND id = :id")


def upgrade() -> None:
    op.add_column("member", sa.Column("sort_name", sa.String, nullable=False, server_default=""))
    never_sampled(member=("sort_name",))
    op.execute("ALTER TABLE member NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    named = [dict(row) | {"sort_name": alphabetical(row["name"])} for row in op.get_bind().execute(NAMES).mappings()]
    if named:
        op.get_bind().execute(SORTED, named)
    op.execute("ALTER TABLE member FORCE ROW LEVEL SECURITY")
    op.drop_index("ix_member_tenant_name", "member")
    op.create_index("ix_member_tenant_sort_name", "member", ["tenant_id", "sort_name", "id"])
