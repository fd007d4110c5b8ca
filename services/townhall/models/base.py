"""The base of the townhall's nouns."""

from typing import Any

from shared.database import base_for

Base = base_for("townhall")
Words = dict[str, Any]  # {"fi": ..., "sv": ..., "en": ...}
