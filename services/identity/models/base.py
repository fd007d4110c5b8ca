"""The tables of identity."""

from typing import Annotated

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.database import base_for

Base = base_for("identity")
Words = Annotated[list[str], "a short list of short words"]
WORDS = ARRAY(Text)
