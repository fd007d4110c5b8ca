"""statistics quote nobody"""

from shared.migrations.samples import never_sampled

revision = "workshop_0006"
down_revision = "workshop_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    never_sampled(place=("id", "sealed"), sign_of_life=("place_id",))
