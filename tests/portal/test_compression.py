"""Large pages travel compressed; those that repeat what was asked do not, nor what is no page."""

import gzip

import pytest
from flask import Response

from services.portal.web.compression import LARGE, compress_large_pages, compressed_where_large
from shared.tenancy.isolation import IsolatedFlask

PAGE = "<p>Kokous alkaa ajallaan.</p>" * 1000
ASKED = {"headers": {"Accept-Encoding": "gzip, br"}}


@pytest.fixture(scope="module")
def app():
    app = IsolatedFlask(__name__)
    compress_large_pages(app)

    @app.route("/large", methods=["GET", "POST"])
    def large():
        return PAGE

    app.get("/small", endpoint="small")(lambda: "<p>Kokous</p>")
    app.get("/missing", endpoint="missing")(lambda: (PAGE, 404))
    app.get("/stream", endpoint="stream")(lambda: Response(iter([PAGE]), mimetype="text/html"))
    app.get("/json", endpoint="json")(lambda: Response(PAGE, mimetype="application/json"))
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def test_a_large_page_is_the_same_page_and_a_tenth_as_long(client):
    answer = client.get("/large", **ASKED)
    assert answer.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data).decode() == PAGE
    assert int(answer.headers["Content-Length"]) == len(answer.data) < LARGE / 10


def test_who_cannot_read_it_gets_it_as_it_is(client):
    for accepted in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0"}):
        answer = client.get("/large", headers=accepted)
        assert answer.text == PAGE and "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/large?word=ajallaan", "/small", "/missing", "/stream", "/json"])
def test_other_answers_stay_as_they_are(client, path):
    assert "Content-Encoding" not in client.get(path, **ASKED).headers


def test_what_a_form_led_to_stays_as_it_is(client):
    assert "Content-Encoding" not in client.post("/large", **ASKED).headers
    client.set_cookie("flash", "its.sentence")
    assert "Content-Encoding" not in client.get("/large", **ASKED).headers


def test_the_length_is_not_always_the_same(client):
    assert len({len(client.get("/large", **ASKED).data) for _ in range(30)}) > 1


def test_the_portal_does_so(whole):
    assert compressed_where_large in whole.after_request_funcs[None]
