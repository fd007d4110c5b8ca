"""The townhall's operations, as shared/contracts/api/townhall.py declares them."""

from services.townhall.api.halls import halls
from services.townhall.api.live import live
from services.townhall.api.polls import polls
from services.townhall.api.questions import questions

blueprints = [halls, questions, polls, live]
