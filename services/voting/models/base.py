"""The declarative base of voting's tables."""

from shared.database import base_for

Base = base_for("voting")
