"""Whoever shares views sends again what nobody answered, and lets be what was refused; and books that do not balance say why."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from tests.benchmarks.outage import Kept
from tests.benchmarks.pages import post
from tests.benchmarks.submitters import Books, View, all_at_once, complaints, refused


class Survey(BaseHTTPRequestHandler):
    """Takes views, except the words that are named: of those it answers the first as told, or hangs up."""

    protocol_version = "HTTP/1.1"
    taken: list[bytes]
    trouble: dict[bytes, int | None]

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])).partition(b"=")[2]
        self.close_connection = (status := self.trouble.pop(said, 303)) is None
        if status is not None:
            self.answer(status, said)

    def answer(self, status: int, said: bytes) -> None:
        if status == 303:
            self.taken.append(said)
        self.send_response(status)
        self.send_header("Location", "/views/thanks")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def survey() -> Iterator[ThreadingHTTPServer]:
    Survey.taken, Survey.trouble = [], {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Survey) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def given_by(*people: str) -> list[list[View]]:
    """A view of one letter each."""
    return [[a_view(words) for words in theirs] for theirs in people]


def a_view(words: str) -> View:
    return View(ord(words), words, words.encode(), post("127.0.0.1", "/views", "", {"text": words}))


def sent_to(
    survey: ThreadingHTTPServer, given: list[list[View]], middle: Callable[[], object] = lambda: None
) -> Kept:
    return all_at_once(survey.server_address[1], given, middle)


def test_everybody_sends_one_after_the_other_and_the_first_and_the_last_again(survey):
    kept = sent_to(survey, given_by("abc", "def"))
    assert [said for said in Survey.taken if said in b"abc"] == [b"a", b"b", b"c", b"a", b"c"]
    assert kept.acknowledged == set(map(ord, "abcdef")) and not kept.again and not kept.wrong


@pytest.mark.parametrize("nobody_there", [None, 500, 503])
def test_what_nobody_answered_is_sent_again(survey, nobody_there):
    Survey.trouble[b"b"] = nobody_there
    kept = sent_to(survey, given_by("abc"))
    assert Survey.taken == [b"a", b"b", b"c", b"a", b"c"]
    assert kept.again == 1 and refused(kept) == 0


@pytest.mark.parametrize("no", [409, 422, 429])
def test_what_was_refused_is_not_sent_again_and_is_counted(survey, no):
    Survey.trouble[b"b"] = no
    kept = sent_to(survey, given_by("abc"))
    assert b"b" not in Survey.taken and ord("b") not in kept.acknowledged
    assert refused(kept) == 1 and not kept.again


def test_what_happens_in_the_middle_happens_once(survey):
    so_far: list[int] = []
    sent_to(survey, given_by("abcd"), lambda: so_far.append(len(Survey.taken)))
    assert so_far == [2]


IDS = {letter: uuid4() for letter in "ab"}


def books(**other) -> Books:
    """Two views that everybody knows of."""
    known = set(IDS.values())
    balanced = Books({b"a": "a", b"b": "b"}, known, list(known), {"lineage": known}, {"survey": 2})
    return balanced._replace(**other)


def said(acknowledged: str = "ab", **other) -> list[str]:
    (given,) = given_by("ab")
    return list(complaints(given, Kept(acknowledged=set(map(ord, acknowledged))), books(**other)))


def test_books_that_balance_say_nothing():
    assert said() == []


def test_a_view_that_nobody_acknowledged_is_missed():
    assert said("a") == ["1 given and not acknowledged", "1 stored and not acknowledged"]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"stored": {b"a": "a"}, "ids": {IDS["a"]}}, "1 acknowledged and not stored"),
        ({"stored": {b"a": "a", b"b": "Jotain muuta."}}, "1 acknowledged and not stored"),
        ({"ids": {*IDS.values(), uuid4()}}, "1 stored and not acknowledged"),
        ({"told": [IDS["a"]]}, "1 stored and not told"),
        ({"told": [*IDS.values(), uuid4()]}, "1 told and not stored"),
        ({"told": [*IDS.values(), IDS["b"]]}, "1 told twice"),
        ({"heard": {"lineage": {IDS["a"]}}}, "1 not known to lineage"),
        ({"counted": {"survey": 3}}, "1 miscounted by survey"),
        ({"counted": {"survey": 1}}, "1 miscounted by survey"),
    ],
)
def test_whatever_is_lost_or_there_twice_is_named(other, why):
    assert why in said(**other)
