"""statistics quote nobody"""

from shared.migrations.samples import never_sampled

revision = "survey_0004"
down_revision = "survey_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    never_sampled(author=("pseudonym", "sealed"), view=("receipt_hash", "text", "revision"))
