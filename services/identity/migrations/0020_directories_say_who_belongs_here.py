"""directories say who belongs here

People and groups that a client's directory announces by SCIM, the tokens it does so with, and of each member what the joining claim says. What
the directory says of a person is never sampled.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations.samples import never_sampled

revision = "identity_0020"
down_revision = "identity_0019"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("member", sa.Column("external_id", sa.String))
    make_tokens()
    make_people()
    make_groups()
    never_sampled(member=("external_id",), provisioned_person=("user_name", "external_id", "said"))
    op.create_index("ix_member_tenant_external_id", "member", ["tenant_id", "external_id"])


def make_tokens() -> None:
    op.create_table(
        "provisioning_token",
        *ours("connection_id"),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("used_on", sa.Date),
        sa.Column("withdrawn_on", sa.Date),
        refers("provisioning_token", "connection_id", "connection"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provisioning_token")),
        sa.UniqueConstraint("tenant_id", "secret_hash", name=op.f("uq_provisioning_token_tenant_id_secret_hash")),
    )
    op.protect("provisioning_token")


def make_people() -> None:
    op.create_table(
        "provisioned_person",
        *ours("connection_id"),
        sa.Column("user_name", sa.String, nullable=False),
        sa.Column("said", postgresql.JSONB, nullable=False),
        sa.Column("external_id", sa.String),
        sa.Column("member_id", sa.Uuid),
        *times_and_version(),
        refers("provisioned_person", "connection_id", "connection"),
        refers("provisioned_person", "member_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provisioned_person")),
        *(
            sa.UniqueConstraint(
                "tenant_id", "connection_id", column, name=op.f(f"uq_provisioned_person_tenant_id_connection_id_{column}")
            )
            for column in ("user_name", "external_id")
        ),
    )
    op.protect("provisioned_person")
    op.create_index("ix_provisioned_person_page", "provisioned_person", ["tenant_id", "connection_id", "made_at", "id"])
    op.create_index("ix_provisioned_person_member", "provisioned_person", ["tenant_id", "member_id"])


def make_groups() -> None:
    op.create_table(
        "provisioned_group",
        *ours("connection_id"),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("external_id", sa.String),
        *times_and_version(),
        refers("provisioned_group", "connection_id", "connection"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provisioned_group")),
    )
    op.protect("provisioned_group")
    op.create_index("ix_provisioned_group_page", "provisioned_group", ["tenant_id", "connection_id", "made_at", "id"])
    op.create_table(
        "provisioned_group_member",
        sa.Column("tenant_id", sa.Uuid, server_default=TENANT, nullable=False),
        sa.Column("group_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        refers("provisioned_group_member", "group_id", "provisioned_group"),
        refers("provisioned_group_member", "person_id", "provisioned_person"),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", "person_id", name=op.f("pk_provisioned_group_member")),
    )
    op.protect("provisioned_group_member")
    op.create_index("ix_provisioned_group_member_person", "provisioned_group_member", ["tenant_id", "person_id"])


def ours(*others: str) -> list[sa.Column]:
    ids = [sa.Column(name, sa.Uuid, nullable=False) for name in ("id", *others)]
    return [sa.Column("tenant_id", sa.Uuid, server_default=TENANT, nullable=False), *ids]


def times_and_version() -> list[sa.Column]:
    moments = [
        sa.Column(name, sa.DateTime(timezone=True), server_default=NOW, nullable=False)
        for name in ("made_at", "changed_at")
    ]
    return [sa.Column("version", sa.Integer, nullable=False), *moments]


def refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=name)
