"""The townhall over HTTP."""

from services.townhall.api.halls import halls, live, polls, questions

blueprints = [halls, questions, polls, live]
