"""Log lines say what went wrong, where and for which organisation, and never what people wrote."""

import json
import logging
import threading
from uuid import uuid4

import pytest
from flask.views import MethodView
from sqlalchemy import text

from shared.contracts.workshop import RoundStarted
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.telemetry import here, logs
from shared.web.access import open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.conftest import Door
from tests.observability.events import handle_all, tell
from tests.shared.conftest import SERVICE, Note

SECRET = "Kaisa cannot hear in the open office"
secrets_api = Blueprint("secrets", __name__, url_prefix="/secrets")


@secrets_api.route("/<word>")
class Secrets(MethodView):
    @open_to("participant")
    def post(self, word):
        """Fails in the ways that quote what came in."""
        if word == "database":
            session().execute(text("SELECT query_to_xml(:words, true, true, '')"), {"words": SECRET})
        if word == "number":
            session().execute(text("SELECT CAST(:words AS int)"), {"words": SECRET})
        raise ValueError(f"{word}: {SECRET}")


@pytest.fixture
def door(notes, avi):
    app = create_service(SERVICE, [secrets_api], Listeners(SERVICE))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Door(SERVICE, app.test_client(), Caller(tenant=avi, subject=uuid4())).as_("participant")


@pytest.mark.parametrize("path", ["database", SECRET])
def test_a_request_that_breaks_tells_nothing_of_what_was_in_it(seen, door, path, caplog):
    caller = door.who
    answer = door.post(f"/secrets/{path}?q={SECRET}", json={"words": SECRET})
    assert answer.status_code == 500
    (line,) = [line for line in seen.lines if line["level"] == "error"]
    assert line["said"] == "a request failed"
    assert line["error"].split(" < ")[-1] in ("ValueError", "SyntaxError")
    assert line["at"][0].split(":")[0] and line["service"] == SERVICE and line["request"] and line["trace"]
    assert "Kaisa" not in seen.everything and "open%20office" not in seen.everything
    assert str(caller.subject) not in seen.everything


def test_what_got_past_the_schemas_is_refused_and_quoted_nowhere(seen, door):
    assert door.post(f"/secrets/number?q={SECRET}", json={"words": SECRET}).status_code == 422
    (line,) = [line for line in seen.lines if line["level"] == "warning"]
    assert line["said"] == "input got past the schemas of /secrets/<word>: DataError"
    assert "Kaisa" not in seen.everything and "open%20office" not in seen.everything


def test_an_event_that_kills_its_listener_tells_nothing_of_its_content(seen, avi, bus, notes, engine):
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def stumble(started, session):
        session.add(Note(words=SECRET))
        session.flush()
        raise ValueError(SECRET)

    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    handle_all(listeners, notes, bus)
    assert any("dead letter" in line["said"] for line in seen.lines)
    assert "Kaisa" not in seen.everything
    with engine.connect() as connection:
        assert "Kaisa" not in connection.scalar(text("SELECT reason FROM dead_letter"))


def test_of_what_a_library_says_only_sentence_and_numbers_stay(seen):
    logging.getLogger("httpx2").info("HTTP Request: %s %s", "GET", f"http://survey/?q={SECRET}")
    logging.getLogger("gunicorn.error").warning("Worker (pid:%s) was sent %s!", 4711, "SIGTERM")
    said = [line["said"] for line in seen.lines]
    assert said == ["HTTP Request: … …", "Worker (pid:4711) was sent …!"]


def test_of_what_a_library_put_together_by_itself_only_the_beginning_stays(seen):
    log = logging.getLogger("gunicorn.error")
    log.warning(f"Invalid request from ip=127.0.0.1: Invalid HTTP request line: '{SECRET}'")
    log.warning(ValueError(SECRET))
    log.warning("Handling signal")
    assert [line["said"] for line in seen.lines] == [
        "Invalid request from ip…",
        "ValueError",
        "Handling signal",
    ]


def test_our_own_lines_keep_their_ids_and_lose_the_words_of_errors(seen):
    logging.getLogger("shared.x").warning("%s waits: %s", "voting", ValueError(SECRET))
    assert [line["said"] for line in seen.lines] == ["voting waits: ValueError"]


def test_an_error_is_told_with_what_it_came_of(seen):
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise LookupError(SECRET) from error
    except LookupError:
        logging.getLogger("shared.x").exception("it broke")
    (line,) = seen.lines
    assert line["error"] == "LookupError < KeyError"
    assert line["at"][0].startswith("test_logs.py:") and "Kaisa" not in str(line)


def test_a_line_that_does_not_fit_its_arguments_is_still_a_line():
    record = logging.LogRecord("shared.x", logging.ERROR, "/a/b.py", 7, "%d of %d", (SECRET,), None)
    assert json.loads(logs.AsJson("web").format(record))["said"] == "something unreadable at b.py:7"


def test_a_line_names_the_organisation_and_the_message_being_handled(seen, avi, notes, bus):
    listeners, log = Listeners(SERVICE), logging.getLogger("services.x")

    @listeners.on(RoundStarted)
    def say_it(started, session):
        log.warning("here")

    envelope = envelope_for(RoundStarted(run_id=uuid4(), round=1), "workshop")
    listeners.hear(envelope, notes)
    (line,) = [line for line in seen.lines if line["said"] == "here"]
    assert (line["tenant"], line["message"]) == (str(avi), str(envelope.id))


def test_a_request_keeps_the_id_that_one_of_ours_gave_it_and_no_other():
    ours = uuid4().hex
    for told, is_kept in ((ours, True), (SECRET, False), (ours + "\n", False), (None, False)):
        token = here.begin_request("survey", told)
        assert (here.here().request == told) is is_kept
        here.end(token)


def test_a_thread_that_breaks_says_so_in_our_form(seen, monkeypatch):
    def nothing(*arguments, **options) -> None:
        """The test's own handler stays."""

    monkeypatch.setattr(logging, "basicConfig", nothing)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logs.sys, "excepthook", logs.sys.excepthook)
    logs.speak("test")

    def break_down():
        raise ValueError(SECRET)

    thread = threading.Thread(target=break_down)
    thread.start()
    thread.join()
    (line,) = [line for line in seen.lines if line["level"] == "critical"]
    assert line["error"] == "ValueError" and "Kaisa" not in seen.everything


def test_on_a_terminal_the_same_is_text(avi):
    record = logging.LogRecord("shared.x", logging.ERROR, "x.py", 1, "%s broke", ("voting",), None)
    line = logs.AsText("worker").format(record)
    assert "ERROR" in line and "worker: voting broke" in line and f"tenant={avi}" in line
    assert json.loads(logs.AsJson("worker").format(record))["said"] == "voting broke"
