"""A request begins with no organisation and leaves none, whatever happens in it."""

import logging
from threading import get_ident
from uuid import uuid4

import pytest
from flask import abort, request
from flask.views import MethodView
from sqlalchemy import create_engine, text

from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken
from shared.settings import database_url
from shared.telemetry.here import NOWHERE, here
from shared.tenancy.isolation import at_the_end
from shared.tenancy.sessions import acting_for, tenant_here
from shared.web.access import open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.conftest import Door
from tests.shared.conftest import SERVICE, Note

rooms_api = Blueprint("rooms", __name__, url_prefix="/rooms")
CUT = text("SELECT pg_terminate_backend(:pid, 5000)")


class NotToday(RuleBroken):
    """This is not done today. Try again tomorrow."""


def lose_the_connection() -> None:
    pid = session().scalar(text("SELECT pg_backend_pid()"))
    other = create_engine(database_url(SERVICE))
    with other.connect() as knife:
        assert knife.scalar(CUT, {"pid": pid})
    other.dispose()


def pieces():
    with acting_for(uuid4()):
        yield "one"
        yield "two"


@rooms_api.route("/<what>")
class Rooms(MethodView):
    @open_to("participant")
    def get(self, what):
        session().add(Note(words=what))
        session().flush()
        if what.startswith("lost"):
            lose_the_connection()
        if what == "lost-and-refused":
            raise NotToday
        if what == "broken":
            raise ValueError(what)
        return pieces() if what == "pieces" else {"tenant": str(tenant_here())}


@pytest.fixture
def app(notes):
    app = create_service(SERVICE, [rooms_api], Listeners(SERVICE))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def door(app, world):
    return Door(SERVICE, app.test_client(), Caller(tenant=world.avi, subject=uuid4())).as_("participant")


def nobody_is_here() -> bool:
    return tenant_here() is None and here() is NOWHERE


OUTCOMES = {"fine": 200, "broken": 500, "lost": 500, "lost-and-refused": 409, "pieces": 200}


@pytest.mark.parametrize("what", OUTCOMES)
def test_a_request_leaves_nobody_behind(door, what):
    answer = door.get(f"/rooms/{what}", buffered=False)
    answer.close()
    assert answer.status_code == OUTCOMES[what] and nobody_is_here()


def test_a_refusal_stands_though_its_connection_is_lost(door, notes, world):
    refused = door.get("/rooms/lost-and-refused")
    assert refused.json["detail"] == "This is not done today. Try again tomorrow."
    with acting_for(world.avi), notes() as opened:
        assert opened.scalar(text("SELECT count(*) FROM note")) == 0


def test_a_request_that_is_refused_at_the_door_leaves_nobody_behind(app, door):
    app.before_request(lambda: abort(418))  # after the door
    assert door.get("/rooms/fine").status_code == 418 and nobody_is_here()


def test_leaving_is_not_skipped_when_somebody_else_cannot_clean_up(app, door, engine):
    """Neither by a teardown function of Flask's that raises, nor by something else that ends with the request."""

    @app.teardown_request
    def slip(error):
        raise RuntimeError("slipped")

    @app.before_request
    def stumble():
        at_the_end().callback(abort, 418)

    before = engine.pool.checkedout()  # those that other tests keep
    for _ in range(3):
        with pytest.raises(Exception, match="418"):
            door.get("/rooms/fine")
        assert nobody_is_here() and engine.pool.checkedout() <= before


def test_a_request_begins_with_nobody(app, world, kela):
    seen = []
    app.before_request_funcs[None].insert(0, lambda: seen.append((tenant_here(), here())))
    with acting_for(kela):
        answer = (
            Door(SERVICE, app.test_client(), Caller(tenant=world.avi, subject=uuid4()))
            .as_("participant")
            .get("/rooms/fine")
        )
        assert tenant_here() == kela
    assert seen == [(None, NOWHERE)] and answer.json == {"tenant": str(world.avi)}


def test_a_stream_that_is_dropped_half_way_does_not_act_for_the_next(door, world, kela):
    dropped = door.get("/rooms/pieces", buffered=False)
    next(iter(dropped.response))
    assert nobody_is_here() and door.of(kela).get("/rooms/fine").json == {"tenant": str(kela)}
    dropped.close()


def test_a_client_that_keeps_the_request_sees_it_and_keeps_nobody(app, door):
    with app.test_client() as client:
        Door(SERVICE, client, door.who).get("/rooms/fine")
        assert request.path == "/rooms/fine" and nobody_is_here()


def test_the_lines_of_a_request_are_its_organisations(app, door, world, caplog):
    whose = []

    class Recorder(logging.Handler):
        def emit(self, record):
            if record.thread == get_ident():  # a bus that another test used may still have its say
                whose.append((record.getMessage().split(":")[0], tenant_here()))

    recorder = Recorder()
    logging.getLogger().addHandler(recorder)
    try:
        door.get("/rooms/broken")
        door.get("/rooms/lost-and-refused")
    finally:
        logging.getLogger().removeHandler(recorder)
    assert ("a request failed", world.avi) in whose
    assert ("a request ended without its connection", world.avi) in whose
    assert {tenant for _, tenant in whose} == {world.avi}
