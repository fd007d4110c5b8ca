"""Alembic's entry: runs the migrations of one schema on the connection it is given."""

from alembic import context

from shared.migrations.protect import writer

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    version_table="schema_version",
    process_revision_directives=writer,
    include_object=lambda thing, name, kind, reflected, other: attributes["is_ours"](kind, name),
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
