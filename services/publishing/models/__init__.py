"""The nouns of publishing."""

from services.publishing.models.base import Base
from services.publishing.models.edition import Edition, Rendering
from services.publishing.models.launch import Launch, Withdrawal
from services.publishing.models.passage import Clearing, Passage, Revision
from services.publishing.models.run import PlannedRun
from services.publishing.models.source import Source
from services.publishing.models.theme import Picture, Theme
from services.publishing.models.workbook import Approval, Review, Workbook

__all__ = [
    "Approval",
    "Base",
    "Clearing",
    "Edition",
    "Launch",
    "Passage",
    "Picture",
    "PlannedRun",
    "Rendering",
    "Review",
    "Revision",
    "Source",
    "Theme",
    "Withdrawal",
    "Workbook",
]
