"""The townhall's nouns."""

from services.townhall.models.base import Base
from services.townhall.models.hall import Hall, SignUp
from services.townhall.models.poll import Answer, Poll
from services.townhall.models.pulse import Pulse
from services.townhall.models.question import Question, Upvote
from services.townhall.models.result import Result

__all__ = ["Answer", "Base", "Hall", "Poll", "Pulse", "Question", "Result", "SignUp", "Upvote"]
