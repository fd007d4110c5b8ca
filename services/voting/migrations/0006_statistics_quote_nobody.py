"""statistics quote nobody"""

from shared.migrations.samples import never_sampled

revision = "voting_0006"
down_revision = "voting_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    never_sampled(hand=("participant", "sealed"))
