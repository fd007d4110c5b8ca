"""Names those who have approved, frozen and set something."""

from typing import Any

from services.portal.clients.identity import names_of


def names_in(ids: Any) -> dict[str, str]:
    return names_of([id for id in set(ids) if id])


def signatures(workbook: dict[str, Any]) -> dict[str, Any]:
    """Returns who approved for which side, of the text as it stands, and when."""
    names = names_in(approval["by"] for approval in workbook["approvals"])
    return {
        approval["side"]: approval | {"name": names.get(approval["by"], "")}
        for approval in workbook["approvals"]
    }
