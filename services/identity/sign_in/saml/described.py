"""A provider as metadata describe it, apart from how they are read: a process that reads none needs no XML."""

from datetime import datetime

from msgspec import Struct


class Described(Struct, frozen=True, kw_only=True):
    """A provider as its metadata describe it; certificates are DER in base64."""

    entity_id: str
    address: str
    certificates: list[str]
    good_until: datetime | None = None
