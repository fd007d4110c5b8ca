"""Moments as SAML writes them: in UTC, with a Z (saml-core-2.0-os, 1.3.3)."""

import re
from datetime import UTC, datetime

WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)")


def moment(text: str | None) -> datetime | None:
    """The moment; None for what is none, or not in UTC."""
    if text is None or not WRITTEN.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
