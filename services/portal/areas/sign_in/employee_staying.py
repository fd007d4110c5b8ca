"""Staying signed in: somebody who is about to be signed out says that she is still there."""

from flask import Response, jsonify

from services.portal import door
from services.portal.areas.sign_in.employee import pages


@pages.post("/stay")
def stay() -> Response:
    """To ask is the act by which the session goes on; the answer says how long."""
    return jsonify(seconds_left=door.seconds_left())
