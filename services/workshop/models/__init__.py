"""The nouns of workshops: questions, sessions with places and groups, boards, outcomes, rounds."""

from services.workshop.models.base import Base
from services.workshop.models.board import Board
from services.workshop.models.group import Group
from services.workshop.models.leading import HandOver
from services.workshop.models.operation import Operation
from services.workshop.models.outcome import Basis, Outcome, SignOff
from services.workshop.models.place import GivenUp, Place
from services.workshop.models.question import Change, Question, Source
from services.workshop.models.ranking import FallenView, RankedView
from services.workshop.models.round import Round
from services.workshop.models.run import PlannedRun
from services.workshop.models.sign_of_life import SignOfLife
from services.workshop.models.workshop import Workshop

__all__ = [
    "Base",
    "Basis",
    "Board",
    "Change",
    "FallenView",
    "GivenUp",
    "Group",
    "HandOver",
    "Operation",
    "Outcome",
    "Place",
    "PlannedRun",
    "Question",
    "RankedView",
    "Round",
    "SignOfLife",
    "SignOff",
    "Source",
    "Workshop",
]
