"""The declarative base of the survey's nouns."""

from shared.database import base_for

Base = base_for("survey")
