"""authors are sealed

Of runs whose pseudonyms still lead to people, what each author has given and not sent goes into her sealed row. Of the others
nobody's is known any more. `view` is written anew without its authors, in random order; `draft` goes.
"""

from itertools import groupby
from operator import attrgetter
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from services.survey.writings import Words, Writings, about, sealed
from shared.privacy.keys import KeyName, keys_of

revision = "survey_0002"
down_revision = "survey_0001"
branch_labels = None
depends_on = None

TENANT = sa.text("current_setting('app.tenant')::uuid")
OLD = ("collecting", "view", "draft", "claim", "decision", "theme")
KEPT = (
    "tenant_id, id, run_id, theme_id, language, text, receipt_hash, status, awaits_check, revision,"
    " revision_language, ground, reason"
)
WRITTEN = """
    SELECT tenant_id, run_id, author, id, theme_id, NULL AS text, NULL AS language FROM view WHERE author IS NOT NULL
    UNION ALL SELECT tenant_id, run_id, author, NULL, theme_id, text, language FROM draft
    ORDER BY tenant_id, run_id, author"""
POINT_TO_VIEW = ("claim", "decision")


def upgrade() -> None:
    for table in OLD:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")  # every organisation's rows at once
    make_author()
    seal_the_authors()
    write_view_anew()
    op.drop_table("draft")
    op.add_column("collecting", sa.Column("handful", sa.Integer(), server_default="5", nullable=False))
    look_for_handfuls()
    for table in OLD:
        if table not in ("view", "draft"):
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.protect("author")
    op.protect("view")


def make_author() -> None:
    op.create_table(
        "author",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["collecting.tenant_id", "collecting.id"],
            name=op.f("fk_author_tenant_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "pseudonym", name=op.f("pk_author")),
    )
    op.create_index(
        "ix_author_waits", "author", ["tenant_id", "run_id"], postgresql_where=sa.text("waits")
    )


def seal_the_authors() -> None:
    """Every run whose pseudonyms live gets a key; where they do not, what anybody wrote hangs together no more."""
    database = op.get_bind()
    living = {
        (tenant, run)
        for tenant, run in database.execute(sa.text("SELECT tenant_id, id FROM collecting"))
        if keys_of("identity").is_alive(KeyName(tenant, run, "survey"))
    }
    for tenant, run in living:
        keys_of("survey").make(KeyName(tenant, run, "authors"))
    written = [row for row in database.execute(sa.text(WRITTEN)) if (row.tenant_id, row.run_id) in living]
    insert = sa.text("INSERT INTO author VALUES (:tenant_id, :run_id, :pseudonym, 1, false, :sealed)")
    for of, rows in groupby(written, attrgetter("tenant_id", "run_id", "author")):
        database.execute(insert, sealed_row(*of, list(rows)))


def sealed_row(tenant: UUID, run: UUID, pseudonym: UUID, rows: list) -> dict:
    writings = Writings(
        drafts={row.theme_id: Words(row.text, row.language) for row in rows if row.id is None},
        given={row.id: row.theme_id for row in rows if row.id},
    )
    key = keys_of("survey").use(KeyName(tenant, run, "authors"))
    content = sealed(writings, key, about(tenant, run, pseudonym, 1))
    return {"tenant_id": tenant, "run_id": run, "pseudonym": pseudonym, "sealed": content}


def write_view_anew() -> None:
    for table in POINT_TO_VIEW:
        op.drop_constraint(f"fk_{table}_tenant_id_view_id", table)
    op.rename_table("view", "view_before")
    for name in ("pk_view", "uq_view_tenant_id_receipt_hash"):
        op.drop_constraint(name, "view_before")
    for name in ("ix_view_author", "ix_view_queue", "ix_view_theme_status"):
        op.drop_index(name, "view_before")
    make_view()
    op.execute(f"INSERT INTO view ({KEPT}, leaves_tonight) SELECT {KEPT}, false FROM view_before ORDER BY random()")
    op.drop_table("view_before")
    for table in POINT_TO_VIEW:
        op.create_foreign_key(
            f"fk_{table}_tenant_id_view_id", table, "view", ["tenant_id", "view_id"], ["tenant_id", "id"]
        )


def make_view() -> None:
    op.create_table(
        "view",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("receipt_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("awaits_check", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("revision_language", sa.String(), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("leaves_tonight", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_view")),
        sa.UniqueConstraint("tenant_id", "receipt_hash", name=op.f("uq_view_tenant_id_receipt_hash")),
    )
    for column, table in (("run_id", "collecting"), ("theme_id", "theme")):
        op.execute(f"ALTER TABLE view_before DROP CONSTRAINT fk_view_tenant_id_{column}")
        op.create_foreign_key(
            f"fk_view_tenant_id_{column}", "view", table, ["tenant_id", column], ["tenant_id", "id"]
        )
    keys = ["tenant_id", "run_id"]
    op.create_index("ix_view_queue", "view", [*keys, "id"], postgresql_where=sa.text("awaits_check"))
    op.create_index("ix_view_theme_status", "view", ["tenant_id", "theme_id", "status", "id"])
    op.create_index("ix_view_leaves_tonight", "view", keys, postgresql_where=sa.text("leaves_tonight"))


def look_for_handfuls() -> None:
    """Also in runs that are taking views now."""
    op.execute(
        "INSERT INTO timer (tenant_id, name, about, due_at)"
        " SELECT tenant_id, 'handful_leaves', id, now() FROM collecting WHERE state = 'open' ON CONFLICT DO NOTHING"
    )
