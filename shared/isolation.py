"""A Flask application whose requests leave nothing behind for each other, whatever fails in them."""

from contextlib import ExitStack
from contextvars import Context

from flask import Flask, request

AT_THE_END = "polku.at_the_end"


class IsolatedFlask(Flask):
    """Answers each request in an empty context of its own (https://docs.python.org/3.11/library/contextvars.html): it begins
    with no organisation, no language and no id, and none of them is there for the next request of this thread."""

    def wsgi_app(self, environ, start_response):
        return Context().run(self._answer_and_leave, environ, start_response)

    def _answer_and_leave(self, environ, start_response):
        """Flask skips the rest of its teardown functions when one of them raises; a `with` block is always left."""
        with ExitStack() as environ[AT_THE_END]:
            return super().wsgi_app(environ, start_response)


def at_the_end() -> ExitStack:
    """What has to be left or closed when this request ends: in the reverse order, each one even if another raises."""
    return request.environ[AT_THE_END]
