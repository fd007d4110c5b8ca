"""Runs and their phases, the plan as an agreement, decisions to stray from it, drift, and the consultancy's view."""

from services.process.models.base import Base
from services.process.models.decision import Decision
from services.process.models.drift import Drift
from services.process.models.kept import KeptTemplate
from services.process.models.phase import Phase
from services.process.models.planned_move import PlannedMove
from services.process.models.proposal import Proposal
from services.process.models.run import Run
from services.process.models.standing import Standing

__all__ = ["Base", "Decision", "Drift", "KeptTemplate", "Phase", "PlannedMove", "Proposal", "Run", "Standing"]
