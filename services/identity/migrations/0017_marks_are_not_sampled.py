"""marks of who was forgotten are not sampled"""

from shared.migrations.samples import never_sampled

revision = "identity_0017"
down_revision = "identity_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    never_sampled(return_mark=("mark",))
