"""statistics quote nobody

ANALYZE keeps samples of what columns hold in a table of the database's own, where no erasure reaches: none of names, addresses and
accounts any more. The samples of before go, and `up` writes the file that held them anew.
"""

from alembic import op

from shared.migrations.samples import FORGET, never_sampled

revision = "identity_0015"
down_revision = "identity_0014"
branch_labels = None
depends_on = None

QUOTED = ("name", "email", "issuer", "subject")
OF_THE_INDEX = ("ix_member_tenant_email", "lower")  # its second column


def upgrade() -> None:
    never_sampled(member=QUOTED)
    op.execute("ALTER INDEX ix_member_tenant_email ALTER COLUMN 2 SET STATISTICS 0")
    op.get_bind().execute(FORGET, dict(zip(("table", "column"), OF_THE_INDEX, strict=True)))
