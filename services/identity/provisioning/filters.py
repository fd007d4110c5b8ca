"""Filters of SCIM (RFC 7644, 3.4.2.2) as conditions of the database: over the attributes by which directories look for people and groups."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)
from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Text,
    and_,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONPATH

from services.identity.provisioning.models.group import ProvisionedGroup, ProvisionedGroupMember
from services.identity.provisioning.models.person import ProvisionedPerson, folded
from services.identity.provisioning.resources import ENTERPRISE
from shared.web.cleaning import cleaned_through

Condition = ColumnElement[bool]
Compares = Callable[[CompareOperator, Any], Condition]
UNSUPPORTED = "Polku does not filter by {}. It does by: {}."
Op = CompareOperator


def as_id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def text(column: SQLColumnExpression[Any], fold: Callable[[str], str] | None = None) -> Compares:
    """Compares a text, folded where it says how."""

    def compare(op: CompareOperator, value: Any) -> Condition:
        wanted = fold(str(value)) if fold else str(value)
        kinds: dict[CompareOperator, Callable[[], Condition]] = {
            Op.eq: lambda: column == wanted,
            Op.ne: lambda: column.is_distinct_from(wanted),
            Op.co: lambda: column.contains(wanted, autoescape=True),
            Op.sw: lambda: column.startswith(wanted, autoescape=True),
            Op.ew: lambda: column.endswith(wanted, autoescape=True),
        }
        if op not in kinds:
            raise InvalidFilterException(detail="Polku compares texts by eq, ne, co, sw, ew and pr.")
        return kinds[op]()

    return compare


def loosely(column: SQLColumnExpression[Any]) -> Compares:
    """Compares a text that the database folds."""
    return lambda op, value: text(func.lower(column))(op, str(value).lower())


def identity(column: SQLColumnExpression[Any]) -> Compares:
    def compare(op: CompareOperator, value: Any) -> Condition:
        if op not in (Op.eq, Op.ne):
            raise InvalidFilterException(detail="Ids are compared by eq and ne.")
        id = as_id(value)
        found = column == id if id else false()
        return found if op == Op.eq else not_(found)

    return compare


def moment(column: SQLColumnExpression[Any]) -> Compares:
    def compare(op: CompareOperator, value: Any) -> Condition:
        kinds = {Op.eq: column.__eq__, Op.ne: column.__ne__, Op.gt: column.__gt__, Op.ge: column.__ge__}
        kinds |= {Op.lt: column.__lt__, Op.le: column.__le__}
        if op not in kinds or not isinstance(value, datetime):
            raise InvalidFilterException(detail="Times are compared by eq, ne, gt, ge, lt and le.")
        found: Condition = kinds[op](value)
        return found

    return compare


def truth(column: SQLColumnExpression[bool]) -> Compares:
    """Compares what is true where nothing is said."""
    said = func.coalesce(column, true())
    return lambda op, value: said.is_(bool(value)) if op == Op.eq else said.is_not(bool(value))


def one_of_the_addresses(op: CompareOperator, value: Any) -> Condition:
    every = cast("$.emails[*].value", JSONPATH)
    found = func.jsonb_path_query(ProvisionedPerson.said, every)
    each = found.table_valued("value", name="each").render_derived()
    address = func.lower(each.c.value.op("#>>")(cast([], ARRAY(Text))))
    return select(1).select_from(each).where(text(address)(op, str(value).lower())).exists()


def in_group(op: CompareOperator, value: Any) -> Condition:
    if op != Op.eq:
        raise InvalidFilterException(detail="Members are compared by eq.")
    inside = select(ProvisionedGroupMember.group_id).where(ProvisionedGroupMember.person_id == as_id(value))
    return ProvisionedGroup.id.in_(inside)


SAID = ProvisionedPerson.said
OF_PEOPLE: dict[str, Compares] = {
    "id": identity(ProvisionedPerson.id),
    "externalid": text(ProvisionedPerson.external_id),
    "username": text(ProvisionedPerson.user_name, folded),
    "displayname": loosely(SAID["displayName"].astext),
    "name.givenname": loosely(SAID[("name", "givenName")].astext),
    "name.familyname": loosely(SAID[("name", "familyName")].astext),
    "active": truth(SAID["active"].as_boolean()),
    "emails": one_of_the_addresses,
    "emails.value": one_of_the_addresses,
    "department": loosely(SAID[(ENTERPRISE, "department")].astext),
    "meta.created": moment(ProvisionedPerson.made_at),
    "meta.lastmodified": moment(ProvisionedPerson.changed_at),
}
OF_GROUPS: dict[str, Compares] = {
    "id": identity(ProvisionedGroup.id),
    "externalid": text(ProvisionedGroup.external_id),
    "displayname": loosely(ProvisionedGroup.name),
    "members": in_group,
    "members.value": in_group,
    "meta.created": moment(ProvisionedGroup.made_at),
    "meta.lastmodified": moment(ProvisionedGroup.changed_at),
}


class ToDatabase(FilterVisitor[Condition]):
    """Turns a filter into a condition; raises InvalidFilterException for what cannot be asked of the database."""

    def __init__(self, asked: ScimFilter[Any], columns: dict[str, Compares]) -> None:
        self.asked, self.columns = asked, columns

    def condition(self) -> Condition:
        return self.visit(self.asked.ast)

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self.asked.resolve_comparison(node.attr_path, strict=True)
        assert binding is not None  # strict raises
        asked = cleaned_through(coerce_value(binding, node.value, node.op))  # as what is kept was cleaned
        return self._compares(node.attr_path)(node.op, asked)

    def visit_present(self, node: Present) -> Condition:
        """As unequal to nothing: only what is always there, or one text, is asked for so."""
        name = name_of(node.attr_path)
        if name in ("id", "username", "active", "meta.created", "meta.lastmodified"):
            return true()
        return self._compares(node.attr_path)(Op.co, "")

    def visit_not(self, node: Not) -> Condition:
        return not_(func.coalesce(self.visit(node.expr), false()))

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        join = and_ if node.op == LogicalOperator.and_ else or_
        return join(*(self.visit(term) for term in node.terms))

    def visit_value_path(self, node: ValuePath) -> Condition:
        """Of the addresses, whatever their type: `emails[type eq "work" and value eq "..."]` asks for the value."""
        values = [one for one in parts_of(node.val_filter) if name_of(one.attr_path) == "value"]
        if name_of(node.attr_path) != "emails" or len(values) != 1:
            raise self._unsupported(str(node.attr_path))
        return one_of_the_addresses(values[0].op, cleaned_through(values[0].value))

    def _compares(self, path: AttrPath) -> Compares:
        found = self.columns.get(name_of(path))
        if found is None:
            raise self._unsupported(str(path))
        return found

    def _unsupported(self, name: str) -> InvalidFilterException:
        return InvalidFilterException(detail=UNSUPPORTED.format(name, ", ".join(self.columns)))


def name_of(path: AttrPath) -> str:
    return ".".join(part.lower() for part in (path.attr, path.sub_attr) if part)


def parts_of(node: Any) -> list[Comparison]:
    """Returns the comparisons of a filter that are joined by `and`."""
    if isinstance(node, Comparison):
        return [node]
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return [part for term in node.terms for part in parts_of(term)]
    return []
