"""statistics quote nobody"""

from shared.migrations.samples import never_sampled

revision = "townhall_0004"
down_revision = "townhall_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    never_sampled(question=("hand",), answer=("hand",), upvote=("hand",))
