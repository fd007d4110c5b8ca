"""What several parts of a session refuse."""

from shared.problems import RuleBroken


class AlreadyStarted(RuleBroken):
    """The session has started, so this stays as it is."""
