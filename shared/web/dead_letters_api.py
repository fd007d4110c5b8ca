"""An operator's dead letters over HTTP: every service has these routes, and only the portal, speaking for itself, may use them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
from flask import current_app
from flask.views import MethodView
from marshmallow import fields, validate
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shared.database import operating
from shared.messaging.dead_letters import listing, partition_halt
from shared.messaging.dead_letters.discarding import LONGEST, discard
from shared.messaging.dead_letters.replaying import FAILED, SETTLED, Replay, tally
from shared.messaging.listeners import Listeners
from shared.web.access import open_to
from shared.web.arguments import Blueprint
from shared.web.paging import MOST, USUAL, PageArguments, page_of_rows

dead_letters = Blueprint("letters", __name__, description="What this service could not handle")
MOST_SECONDS = 10


class Which(ma.Schema):
    state = fields.String(load_default=None, validate=validate.OneOf(("dead", "parked")))
    topic = fields.String(load_default=None)
    tenant = fields.UUID(load_default=None)
    after = fields.Integer(load_default=0, validate=validate.Range(0))
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, MOST))


class WhatToReplay(ma.Schema):
    """One dead letter, all of one's key, or (neither given) all of the service or of one organisation."""

    nr = fields.Integer(load_default=None)
    key_of = fields.Integer(load_default=None)
    tenant = fields.UUID(load_default=None)
    seconds = fields.Float(load_default=3, validate=validate.Range(0, MOST_SECONDS))


class ReasonToDiscard(ma.Schema):
    why = fields.String(required=True, validate=validate.Length(max=LONGEST))
    by = fields.UUID(required=True)
    with_parked = fields.Boolean(required=True)


class ByWhom(ma.Schema):
    by = fields.UUID(required=True)


def service() -> str:
    return current_app.config["SERVICE"]


@contextmanager
def desk_of_this_service() -> Iterator["Desk"]:
    with operating(service()) as open_session:
        yield Desk(open_session)


def listeners() -> Listeners:
    found: Listeners = current_app.extensions["listeners"]
    return found


class Desk:
    """A service's dead letters, of all organisations, for an operator."""

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
            row = listing.dead_letter_of(connection, wanted["nr"] or wanted["key_of"])
        return self.replayer.key(row.key) if wanted["key_of"] else iter([self.replayer.one(row)])


@dead_letters.route("/letters")
class DeadLetters(MethodView):
    @open_to("service")
    @dead_letters.arguments(Which, location="query")
    @dead_letters.response(200)
    def get(self, wanted):
        """Lists those that wait, in the order in which they came, and the partitions that are halted."""
        with desk_of_this_service() as desk, desk.engine.connect() as connection:
            rows, more = listing.waiting(connection, **wanted)
            halted = [dict(row._mapping) for row in partition_halt.halted(connection, service())]
            counts = listing.counts(connection)
        return {"letters": [listing.in_short(row) for row in rows], "next": more, "brakes": halted} | counts


@dead_letters.route("/letters/<int:nr>")
class OneDeadLetter(MethodView):
    @open_to("service")
    @dead_letters.response(200)
    def get(self, nr):
        """Shows what is known of one, without its content."""
        with desk_of_this_service() as desk, desk.engine.connect() as connection:
            row = listing.dead_letter_of(connection, nr)
            return listing.in_full(row, listing.number_behind(connection, row))


@dead_letters.route("/letters/replay")
class Replaying(MethodView):
    @open_to("service")
    @dead_letters.arguments(WhatToReplay)
    @dead_letters.response(200)
    def post(self, wanted):
        """Replays for some seconds; answers how many were settled, failed again, and are left."""
        with desk_of_this_service() as desk:
            return desk.how_it_went(tally(desk.chosen(wanted), wanted["seconds"]))


@dead_letters.route("/letters/<int:nr>/discard")
class Discarding(MethodView):
    @open_to("service")
    @dead_letters.arguments(ReasonToDiscard)
    @dead_letters.response(200)
    def post(self, reason, nr):
        """Discards one; what is parked behind it goes with it, or is handled in order, by the worker what time does not allow here."""
        reason["by"] = str(reason["by"])
        with desk_of_this_service() as desk:
            with desk.engine.begin() as connection:
                given_up = discard(connection, listeners(), nr, **reason)
            parked = iter(()) if reason["with_parked"] else desk.replayer.parked(given_up.key)
            return desk.how_it_went(tally(parked, MOST_SECONDS))


@dead_letters.route("/letters/discarded")
class Discarded(MethodView):
    @open_to("service")
    @dead_letters.arguments(PageArguments, location="query")
    @dead_letters.response(200)
    def get(self, wanted):
        """Lists what was discarded: by whom, when and why; the newest first."""
        with desk_of_this_service() as desk, desk.engine.connect() as connection:
            query, keys = listing.DISCARDED, listing.ORDER_OF_DISCARDING
            page = page_of_rows(connection, query, keys, **wanted, newest_first=True)
        return {"discarded": [dict(row._mapping) for row in page.items], "next": page.next}


@dead_letters.route("/brakes/<topic>/<int:partition>/release")
class HaltedPartition(MethodView):
    @open_to("service")
    @dead_letters.arguments(ByWhom)
    @dead_letters.response(204)
    def post(self, operator, topic, partition):
        """Resumes a halted partition."""
        with desk_of_this_service() as desk, desk.engine.begin() as connection:
            partition_halt.resume(connection, service(), topic, partition, str(operator["by"]))
