"""The refusals of several parts of a session."""

from shared.problems import RuleBroken


class AlreadyStarted(RuleBroken):
    """The session has started, so this stays as it is."""


class WorkshopIsNotRunning(RuleBroken):
    """The workshop is not on now, so the board stays as it is. You can read it."""
