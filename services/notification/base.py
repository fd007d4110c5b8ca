"""The declarative base that this service's nouns share."""

from shared.database import base_for

Base = base_for("notification")
