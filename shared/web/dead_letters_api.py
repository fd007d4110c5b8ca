"""The operator's letters over HTTP: every service has these doors, and only the portal, speaking for itself, may use them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import marshmallow as ma
from flask import current_app
from flask.views import MethodView
from marshmallow import fields, validate
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shared.database import operating
from shared.messaging.dead_letters import listing
from shared.messaging.dead_letters import partition_halt as braking
from shared.messaging.dead_letters.discarding import LONGEST, discard
from shared.messaging.dead_letters.replaying import FAILED, SETTLED, Replay, tally
from shared.messaging.listeners import Listeners
from shared.web.arguments import Blueprint
from shared.web.paging import MOST, USUAL, PageArguments
from shared.web.service import open_to

letters = Blueprint("letters", __name__, description="What this service could not handle")
MOST_SECONDS = 10


class Which(ma.Schema):
    state = fields.String(load_default=None, validate=validate.OneOf(("dead", "parked")))
    topic = fields.String(load_default=None)
    tenant = fields.UUID(load_default=None)
    after = fields.Integer(load_default=0, validate=validate.Range(0))
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, MOST))


class WhatToReplay(ma.Schema):
    """One letter, all of one's key, or (neither given) all of the service or of one organisation."""

    nr = fields.Integer(load_default=None)
    key_of = fields.Integer(load_default=None)
    tenant = fields.UUID(load_default=None)
    seconds = fields.Float(load_default=3, validate=validate.Range(0, MOST_SECONDS))


class ReasonToDiscard(ma.Schema):
    why = fields.String(required=True, validate=validate.Length(max=LONGEST))
    by = fields.UUID(required=True)
    with_parked = fields.Boolean(required=True)


class Hand(ma.Schema):
    by = fields.UUID(required=True)


def service() -> str:
    return current_app.config["SERVICE"]


@contextmanager
def at_the_desk() -> Iterator["Desk"]:
    with operating(service()) as open_session:
        yield Desk(open_session)


def listeners() -> Listeners:
    return import_module(f"services.{service()}.listeners").listeners


class Desk:
    """An operator's access to a service's dead letters, of all organisations."""

    def __init__(self, open_session: sessionmaker[Session]):
        self.engine: Engine = open_session.kw["bind"]
        self.replayer = Replay(listeners(), open_session)

    def how_it_went(self, done: Counter[str]) -> dict[str, int]:
        with self.engine.connect() as connection:
            left = sum(listing.counts(connection).values())
        return {SETTLED: done[SETTLED], FAILED: done[FAILED], "left": left}

    def chosen(self, wanted: dict[str, Any]) -> Iterator[str]:
        if wanted["nr"] is None and wanted["key_of"] is None:
            return self.replayer.all(wanted["tenant"])
        with self.engine.connect() as connection:
            row = listing.letter(connection, wanted["nr"] or wanted["key_of"])
        return self.replayer.key(row.key) if wanted["key_of"] else iter([self.replayer.one(row)])


@letters.route("/letters")
class Letters(MethodView):
    @open_to("service")
    @letters.arguments(Which, location="query")
    @letters.response(200)
    def get(self, wanted):
        """Returns the dead letters that wait, in the order of storing, and the partitions that are halted."""
        with at_the_desk() as desk, desk.engine.connect() as connection:
            rows, more = listing.waiting(connection, **wanted)
            brakes = [dict(row._mapping) for row in braking.brakes(connection, service())]
            counts = listing.counts(connection)
        return {"letters": [listing.in_short(row) for row in rows], "next": more, "brakes": brakes} | counts


@letters.route("/letters/<int:nr>")
class OneLetter(MethodView):
    @open_to("service")
    @letters.response(200)
    def get(self, nr):
        """Returns what is known of one, without its content."""
        with at_the_desk() as desk, desk.engine.connect() as connection:
            row = listing.letter(connection, nr)
            return listing.in_full(row, listing.number_behind(connection, row))


@letters.route("/letters/replay")
class Replaying(MethodView):
    @open_to("service")
    @letters.arguments(WhatToReplay)
    @letters.response(200)
    def post(self, wanted):
        """Handle letters again for some seconds; how many were settled, failed again, and are left."""
        with at_the_desk() as desk:
            return desk.how_it_went(tally(desk.chosen(wanted), wanted["seconds"]))


@letters.route("/letters/<int:nr>/discard")
class Discarding(MethodView):
    @open_to("service")
    @letters.arguments(ReasonToDiscard)
    @letters.response(200)
    def post(self, reason, nr):
        """Give it up; what is parked behind it goes with it, or is handled in order, what time does not allow by the worker."""
        reason["by"] = str(reason["by"])
        with at_the_desk() as desk:
            with desk.engine.begin() as connection:
                given_up = discard(connection, listeners(), nr, **reason)
            parked = iter(()) if reason["with_parked"] else desk.replayer.parked(given_up.key)
            return desk.how_it_went(tally(parked, MOST_SECONDS))


@letters.route("/letters/discarded")
class Discarded(MethodView):
    @open_to("service")
    @letters.arguments(PageArguments, location="query")
    @letters.response(200)
    def get(self, wanted):
        """Returns what was given up: by whom, when and why; the newest first."""
        with at_the_desk() as desk, desk.engine.connect() as connection:
            page = listing.discarded(connection, **wanted)
        return {"discarded": [dict(row._mapping) for row in page.items], "next": page.next}


@letters.route("/brakes/<topic>/<int:partition>/release")
class Brake(MethodView):
    @open_to("service")
    @letters.arguments(Hand)
    @letters.response(204)
    def post(self, hand, topic, partition):
        """Let go of the brake on a partition."""
        with at_the_desk() as desk, desk.engine.begin() as connection:
            braking.release(connection, service(), topic, partition, str(hand["by"]))
