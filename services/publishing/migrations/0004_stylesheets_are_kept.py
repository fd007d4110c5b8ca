"""stylesheets are kept

Made of the look in force; those before it are worn by nobody any more.
"""

import sqlalchemy as sa
from alembic import op

from services.publishing.tokens import Look

revision = "publishing_0004"
down_revision = "publishing_0003"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("SELECT DISTINCT ON (tenant_id) tenant_id, id, tokens FROM theme ORDER BY tenant_id, number DESC")
KEEP = sa.text("UPDATE theme SET css = :css WHERE tenant_id = :tenant_id AND id = :id")


def upgrade() -> None:
    op.add_column("theme", sa.Column("css", sa.String(), nullable=False, server_default=""))
    op.alter_column("theme", "css", server_default=None)
    op.execute("ALTER TABLE theme NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    for theme in op.get_bind().execute(IN_FORCE).all():
        css = Look.from_tokens(theme.tokens).css()
        op.get_bind().execute(KEEP, {"css": css, "tenant_id": theme.tenant_id, "id": theme.id})
    op.execute("ALTER TABLE theme FORCE ROW LEVEL SECURITY")
