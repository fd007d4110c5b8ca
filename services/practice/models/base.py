"""The declarative base of practice's nouns."""

from shared.database import base_for

Base = base_for("practice")
