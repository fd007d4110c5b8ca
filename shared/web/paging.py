"""Keyset paging: the next page starts after the last row of this one, so page 400 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import marshmallow as ma
import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, tuple_
from sqlalchemy.orm import Session

from shared.problems import RuleBroken

Item = TypeVar("Item")
USUAL, MOST = 50, 200


class NoSuchPage(RuleBroken):
    """This page address is not valid. Start from the first page."""

    status = 400


class PageArguments(ma.Schema):
    """Query arguments of a paged list."""

    after = ma.fields.String(load_default=None)
    limit = ma.fields.Integer(load_default=USUAL, validate=ma.validate.Range(1, MOST))


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items, and where the next page starts; None on the last."""

    items: list[Item]
    next: str | None


def page(
    session: Session,
    query: Select,
    keys: Sequence[Any],
    after: str | None,
    limit: int = USUAL,
    newest_first: bool = False,
) -> Page:
    """One page of `query` (over one noun) ordered by `keys`, columns that together are unique."""
    found = session.scalars(_from_there(query, keys, after, limit, newest_first))
    return _cut(list(found), keys, limit)


def page_of_rows(
    connection: Connection,
    query: Select,
    keys: Sequence[Any],
    after: str | None,
    limit: int = USUAL,
    newest_first: bool = False,
) -> Page[Row]:
    """Returns a page of rows of a table's columns."""
    found = connection.execute(_from_there(query, keys, after, limit, newest_first))
    return _cut(list(found), keys, limit)


def _from_there(
    query: Select, keys: Sequence[Any], after: str | None, limit: int, newest_first: bool
) -> Select:
    """With one more than the page holds: it tells whether there is a next one."""
    if after:
        values = _opened(after, keys)
        place: ColumnElement = tuple_(*keys)
        query = query.where(place < values if newest_first else place > values)
    order = [key.desc() if newest_first else key for key in keys]
    return query.order_by(*order).limit(limit + 1)


def _cut(found: list[Item], keys: Sequence[Any], limit: int) -> Page[Item]:
    more = len(found) > limit
    return Page(
        found[:limit], _closed([getattr(found[limit - 1], key.key) for key in keys]) if more else None
    )


def _closed(values: list) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def _opened(after: str, keys: Sequence[Any]) -> tuple:
    """The place that `after` says, each value of its column's kind: a made-up one never reaches the database."""
    kinds: Any = tuple.__class_getitem__(tuple(key.type.python_type for key in keys))
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=kinds)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise NoSuchPage from error
