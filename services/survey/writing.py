"""The rules of a text: words that somebody can read, and not more of them than colleagues will read."""

from shared.contracts.api.survey import LONGEST_VIEW
from shared.problems import RuleBroken
from shared.web.cleaning import shows_something


class NothingWritten(RuleBroken):
    """There are no words in the box yet. Write at least one sentence, then send it."""

    status = 422
    field = "text"


class TooLong(RuleBroken):
    """A view is at most 2,000 characters long, so that colleagues read it to the end. Shorten it, or split it into two views."""

    status = 422
    field = "text"


def written(text: str) -> str:
    """The text as it is kept, without blanks around it; raises when empty or too long."""
    if not shows_something(text := text.strip()):
        raise NothingWritten
    if len(text) > LONGEST_VIEW:
        raise TooLong
    return text
