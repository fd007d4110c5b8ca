"""The tables of the workshops."""

from shared.database import base_for

Base = base_for("workshop")
