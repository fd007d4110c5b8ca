"""The declarative base of publishing."""

from shared.database import base_for

Base = base_for("publishing")
