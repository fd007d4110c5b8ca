"""A service as it is served in the real world, with a collector beside it."""

import http.server
import json
import queue
import threading

import psutil
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.observability.test_counting import answers, ask_once, served
from tests.portal.live_process import until
from tests.shared.conftest import SERVICE


@pytest.fixture
def collector():
    """Takes spans by OTLP over HTTP; `came` has them."""
    came: queue.Queue = queue.Queue()

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            """What it is asked is the test's business."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.came = came
    yield server
    server.shutdown()
    server.server_close()


def spans_of(body: bytes) -> list:
    told = ExportTraceServiceRequest.FromString(body)
    return [span for of in told.resource_spans for scope in of.scope_spans for span in scope.spans]


def test_spans_of_forked_processes_reach_the_collector(database, collector, monkeypatch):
    monkeypatch.setenv("POLKU_OTLP", f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("POLKU_PROCESS_NAME", f"{SERVICE}-web")
    with served(processes=2) as (server, client):
        assert ask_once(client) == 200
    path, body = collector.came.get(timeout=30)  # at the latest when it stops, everything is sent
    assert path == "/v1/traces"
    spans = spans_of(body)
    (request,) = [span for span in spans if span.name == "GET /bus"]
    assert {span.name for span in spans} <= {"GET /bus", "BEGIN", "SELECT", "WITH"} and len(spans) > 1
    assert all(span.trace_id == request.trace_id for span in spans)
    assert f"{SERVICE}-web".encode() in body


def test_a_collector_that_is_away_harms_no_request(database, monkeypatch):
    monkeypatch.setenv("POLKU_OTLP", "http://127.0.0.1:9")
    with served(processes=1) as (server, client):
        assert ask_once(client) == 200


def test_what_gunicorn_says_has_the_form_of_all_lines(database):
    with served(processes=1) as (server, client):
        for child in psutil.Process(server.pid).children():
            child.kill()
            child.wait(30)
        until(lambda: answers(client))
    lines = [json.loads(line) for line in server.said.splitlines()]
    (killed,) = [line for line in lines if "was sent" in line["said"]]
    assert (killed["from"], killed["level"]) == ("gunicorn.error", "error")
