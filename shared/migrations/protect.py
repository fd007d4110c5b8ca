"""Row security as a migration operation, written by itself for every table whose rows belong to an organisation."""

from alembic.autogenerate import renderers, rewriter
from alembic.operations import MigrateOperation, Operations, ops

ROW_SECURITY = (
    'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
    "CREATE POLICY own_rows ON \"{table}\" USING (tenant_id = current_setting('app.tenant')::uuid)"
    " WITH CHECK (tenant_id = current_setting('app.tenant')::uuid)",
)


@Operations.register_operation("protect")
class Protect(MigrateOperation):
    """op.protect("view"): only the organisation's own rows are there."""

    def __init__(self, table: str):
        self.table = table

    @classmethod
    def protect(cls, operations, table: str):
        return operations.invoke(cls(table))

    def reverse(self):
        return ops.ExecuteSQLOp(f'DROP POLICY own_rows ON "{self.table}"')


@Operations.implementation_for(Protect)
def protect(operations, operation: Protect) -> None:
    for line in ROW_SECURITY:
        operations.execute(line.format(table=operation.table))


@renderers.dispatch_for(Protect)
def written(context, operation: Protect) -> str:
    return f"op.protect({operation.table!r})"


writer = rewriter.Rewriter()


@writer.rewrites(ops.CreateTableOp)
def protect_what_belongs_to_an_organisation(context, revision, operation: ops.CreateTableOp):
    owned = any(getattr(column, "name", None) == "tenant_id" for column in operation.columns)
    return [operation, Protect(operation.table_name)] if owned else operation
