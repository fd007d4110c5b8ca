"""ways in by SAML

A way in may lead to a SAML provider; which answers of one have been used is kept until they would not be believed any more.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0029"
down_revision = "identity_0028"
branch_labels = None
depends_on = None

WORDS = postgresql.ARRAY(sa.Text())
TENANT = sa.text("current_setting('app.tenant')::uuid")
CONNECTION = (["tenant_id", "connection_id"], ["connection.tenant_id", "connection.id"])


def upgrade() -> None:
    none = sa.text("'{}'")
    op.add_column("connection", sa.Column("home_organisations", WORDS, server_default=none, nullable=False))
    keep_providers()
    keep_used_answers()


def keep_providers() -> None:
    op.create_table(
        "saml_provider",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("certificates", WORDS, nullable=False),
        sa.Column("metadata_url", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_before", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(*CONNECTION, name=op.f("fk_saml_provider_tenant_id_connection_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saml_provider")),
        sa.UniqueConstraint(
            "tenant_id", "connection_id", name=op.f("uq_saml_provider_tenant_id_connection_id")
        ),
    )
    op.protect("saml_provider")


def keep_used_answers() -> None:
    op.create_table(
        "used_answer",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*CONNECTION, name=op.f("fk_used_answer_tenant_id_connection_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_used_answer")),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "id_hash",
            name=op.f("uq_used_answer_tenant_id_connection_id_id_hash"),
        ),
    )
    op.protect("used_answer")
