"""Names those who have approved, frozen and set something."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from services.portal.clients.identity import names_of
from shared.contracts.api.publishing_writing import Signature, Workbook


def names_in(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    return {UUID(id): name for id, name in names_of({id for id in ids if id}).items()}


class Signed(NamedTuple):
    """An approval with the name of who gave it."""

    approval: Signature
    name: str


def signatures(workbook: Workbook) -> dict[str, Signed]:
    """Returns who approved for which side, of the text as it stands, and when."""
    names = names_in(approval.by for approval in workbook.approvals)
    return {str(one.side): Signed(one, names.get(one.by, "")) for one in workbook.approvals}
