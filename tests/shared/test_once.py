"""An act that is sent twice is done once, whenever its second sending comes; one that was refused may be sent again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from flask.views import MethodView
from sqlalchemy import text

from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken
from shared.tenancy.sessions import acting_for
from shared.web.access import open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.headers import KEY_HEADER
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.conftest import Door
from tests.shared.conftest import SERVICE, Note

notes_api = Blueprint("once_notes", __name__, url_prefix="/once-notes")
HELD, IS_WRITING, MAY_END = "held", Event(), Event()


class NotYet(RuleBroken):
    """Not yet."""


@notes_api.route("/<words>")
class Notes(MethodView):
    @open_to("coordinator")
    def post(self, words):
        session().add(Note(words=words))
        session().flush()
        if words == "refused":
            raise NotYet
        if words == HELD:
            IS_WRITING.set()
            assert MAY_END.wait(20)
        return {"words": words}


@pytest.fixture
def app(notes):
    return create_service(SERVICE, [notes_api], Listeners(SERVICE))


@pytest.fixture
def door(app, world):
    caller = Caller(tenant=world.avi, subject=uuid4())
    return lambda tenant=None: (
        Door(SERVICE, app.test_client(), caller).as_("coordinator").of(tenant or world.avi)
    )


@pytest.fixture
def written(notes, world):
    def count(tenant=None) -> int:
        with acting_for(tenant or world.avi), notes() as opened:
            return opened.scalar(text("SELECT count(*) FROM note"))

    return count


def with_key(key) -> dict:
    return {"headers": {KEY_HEADER: str(key)}}


def test_what_is_sent_twice_is_done_once(door, written):
    key = uuid4()
    assert door().post("/once-notes/one", **with_key(key)).status_code == 200
    second = door().post("/once-notes/one", **with_key(key))
    assert (second.status_code, second.json["code"]) == (409, "done-already")
    assert written() == 1


def test_a_second_sending_waits_for_the_first(door, written):
    key = uuid4()
    with ThreadPoolExecutor(2) as people:
        first = people.submit(door().post, f"/once-notes/{HELD}", **with_key(key))
        assert IS_WRITING.wait(20)
        second = people.submit(door().post, "/once-notes/two", **with_key(key))
        MAY_END.set()
        assert (first.result().status_code, second.result().status_code) == (200, 409)
    assert written() == 1


def test_what_was_refused_may_be_sent_again_with_its_key(door, written):
    key = uuid4()
    assert door().post("/once-notes/refused", **with_key(key)).status_code == 409
    assert door().post("/once-notes/changed", **with_key(key)).status_code == 200
    assert written() == 1


def test_another_organisations_key_is_another(door, written, world, kela):
    key = uuid4()
    assert door().post("/once-notes/one", **with_key(key)).status_code == 200
    assert door(kela).post("/once-notes/one", **with_key(key)).status_code == 200
    assert (written(), written(kela)) == (1, 1)


def test_without_a_key_nothing_is_compared(door, written):
    assert [door().post("/once-notes/one").status_code for _ in range(2)] == [200, 200]


def test_what_is_no_key_is_refused(door, written):
    assert door().post("/once-notes/one", **with_key("one")).status_code == 422 and written() == 0


def test_keys_go_after_two_days(door, notes, world):
    door().post("/once-notes/one", **with_key(uuid4()))
    with acting_for(world.avi), notes.begin() as opened:
        opened.execute(text("UPDATE once SET done_on = done_on - 2"))
    door().post("/once-notes/two", **with_key(uuid4()))
    with acting_for(world.avi), notes() as opened:
        assert opened.scalar(text("SELECT count(*) FROM once")) == 1
