"""The door of a service: who gets in, what is committed, how a refusal looks."""

from datetime import UTC, datetime
from uuid import uuid4

import marshmallow as ma
import pytest
from flask.views import MethodView
from sqlalchemy import text

from shared.messaging.listeners import Listeners
from shared.problems import RuleBroken, WhoAreYou
from shared.web.access import Unmarked, open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.paging import NoSuchPage, page
from shared.web.service import create_service
from shared.web.tokens import Caller, issue, service_token, verify
from tests.conftest import Door
from tests.shared.conftest import SERVICE, Note

notes_api = Blueprint("notes", __name__, url_prefix="/notes")


class NoteSchema(ma.Schema):
    words = ma.fields.String(required=True, validate=ma.validate.Length(1, 20))


class Unwelcome(RuleBroken):
    """Such words are not written here. Choose others."""


@notes_api.route("/")
class Notes(MethodView):
    @open_to("participant")
    @notes_api.arguments(NoteSchema)
    @notes_api.response(201, NoteSchema)
    def post(self, note):
        session().add(written := Note(**note))
        session().flush()
        if note["words"] == "bad":
            raise Unwelcome
        return written


@pytest.fixture
def door(notes, avi):
    app = create_service(SERVICE, [notes_api], Listeners(SERVICE))
    return Door(SERVICE, app.test_client(), Caller(tenant=avi, subject=uuid4())).as_("participant")


def count(notes) -> int:
    with notes() as opened:
        return opened.scalar(text("SELECT count(*) FROM note"))


def test_what_went_well_is_committed(door, notes):
    assert door.post("/notes/", json={"words": "hello"}).status_code == 201
    assert count(notes) == 1


def test_a_refusal_is_a_sentence_and_changes_nothing(door, notes):
    refused = door.post("/notes/", json={"words": "bad"})
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert refused.json["detail"] == "Such words are not written here. Choose others."
    assert (refused.json["code"], count(notes)) == ("unwelcome", 0)


def test_a_code_parts_every_word():
    assert type("HaveAPlace", (RuleBroken,), {})().code == "have-a-place"
    assert type("NoHTTPHere", (RuleBroken,), {})().code == "no-http-here"


def test_times_are_written_as_iso_8601(notes):
    app = create_service(SERVICE, [], Listeners(SERVICE))
    assert (
        app.json.dumps({"at": datetime(2027, 3, 14, 9, tzinfo=UTC)}) == '{"at": "2027-03-14T09:00:00+00:00"}'
    )


def test_bad_input_says_which_field(door):
    refused = door.post("/notes/", json={"words": ""})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid-input")
    assert "words" in refused.json["errors"]["json"]


@pytest.mark.parametrize("roles", [(), ("coordinator",)])
def test_only_the_roles_that_are_named_get_in(door, roles):
    assert door.as_(*roles).post("/notes/", json={"words": "x"}).status_code == 403


def test_a_route_that_says_nobody_is_found_at_start(notes):
    careless = Blueprint("careless", __name__)
    careless.route("/x")(type("Careless", (MethodView,), {"get": lambda self: ""}))
    with pytest.raises(Unmarked):
        create_service(SERVICE, [careless], Listeners(SERVICE))


def a_caller(**claims) -> Caller:
    return Caller(tenant=uuid4(), subject=uuid4(), roles=frozenset({"participant"}), **claims)


def test_a_token_says_who_calls(database):
    who = a_caller(run_id=uuid4(), purpose="voting", unit="north", site="oulu", language="sv")
    assert verify(issue("identity", "voting", who), "voting") == who


def test_a_token_for_another_service_is_refused(database):
    with pytest.raises(WhoAreYou):
        verify(issue("identity", "voting", a_caller()), "survey")


def test_the_portal_cannot_make_people_up(database):
    with pytest.raises(WhoAreYou):
        verify(issue("portal", "voting", a_caller()), "voting")
    assert verify(service_token("portal", "voting", uuid4()), "voting").roles == {"service"}


def test_a_stale_or_altered_token_is_refused(database, monkeypatch):
    token = issue("identity", "voting", a_caller())
    head, body, signature = token.split(".")
    with pytest.raises(WhoAreYou):
        verify(f"{head}.{body}x.{signature}", "voting")
    monkeypatch.setattr("time.time", lambda now=__import__("time").time(): now + 90)
    with pytest.raises(WhoAreYou):
        verify(token, "voting")


def test_pages_follow_each_other_without_gap_or_overlap(notes, avi):
    from sqlalchemy import select

    with notes.begin() as opened:
        opened.add_all(Note(words=str(number % 3)) for number in range(25))
    seen, after = [], None
    with notes() as opened:
        while True:
            part = page(opened, select(Note), [Note.words, Note.id], after, limit=10)
            seen += [(note.words, note.id) for note in part.items]
            if not (after := part.next):
                break
        assert len(seen) == 25 and seen == sorted(seen)
        with pytest.raises(NoSuchPage):
            page(opened, select(Note), [Note.words, Note.id], "garbage")
