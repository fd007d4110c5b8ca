"""No input makes a 5xx: what no form of ours sends, sent to every operation of every service, and to the doors it broke."""

import re
from uuid import uuid4

import pytest

from shared.settings import SERVICES
from shared.web import PUBLIC, ROLES
from tests.conftest import Door
from tests.survey.conftest import Run

BEHIND = [service for service in SERVICES if service != "portal"]
DEEP = 3000
HOSTILE_BODIES = {
    "a list": "[]",
    "a text": '"text"',
    "a number": "5",
    "nothing": "null",
    "deep lists": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "a deep field": '{"words":' + "[" * 400 + "]" * 400 + "}",
    "a number of 5,000 digits": '{"after":' + "9" * 5000 + "}",
    "no number": '{"after": NaN, "seconds": -Infinity}',
    "half a character as name": '{"\\ud800": "\\udfff"}',
    "broken UTF-8": b'{"words": "\xff\xfe"}',
    "UTF-16 without an end": b"\xff\xfe{",
    "not JSON": '{"words": ',
}


def operations(app) -> list[tuple[str, str]]:
    """(method, path) of every operation; ids in paths are of nothing."""
    samples = {"uuid": str(uuid4()), "int": "1"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in PUBLIC:
            path = re.sub(r"<(?:(\w+):)?\w+>", lambda part: samples.get(part[1], "x"), rule.rule)
            found += [(method, path) for method in rule.methods - {"OPTIONS", "HEAD"}]
    return sorted(found)


def somebody(http, service: str, **claims) -> Door:
    """Somebody whom every door lets in."""
    return http(service).as_(*ROLES, **claims)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize("what", HOSTILE_BODIES)
def test_no_body_makes_a_fault(http, service, what):
    door = somebody(http, service)
    for method, path in operations(door.client.application):
        answer = door.request(method, path, data=HOSTILE_BODIES[what], content_type="application/json")
        assert answer.status_code < 500, (method, path, what)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize(
    "after", ["\x00", "\ud800", "9" * 5000, "-1", "[]", "\u202e", "ä日本", "%ff", "1e400"]
)
def test_no_query_makes_a_fault(http, service, after):
    door = somebody(http, service)
    asked = dict.fromkeys(
        ("after", "limit", "words", "theme_id", "ids", "state", "tenant", "batch", "page", "language"),
        after.encode("utf-8", "surrogatepass"),
    )
    for method, path in operations(door.client.application):
        if method == "GET":
            assert door.get(path, query_string=asked).status_code < 500, (path, after)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize(
    "part", ["%00", "%ED%A0%80", "%E6%97%A5%E6%9C%AC", "%FF", "9" * 5000, "%2e%2e", "%0d%0a"]
)
def test_no_path_makes_a_fault(http, service, part):
    door = somebody(http, service)
    for rule in door.client.application.url_map.iter_rules():
        if "<" in rule.rule and rule.endpoint not in PUBLIC:
            path = re.sub(r"<(uuid:)?[^>]*>", lambda found: str(uuid4()) if found[1] else part, rule.rule)
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                assert door.request(method, path, json={}).status_code < 500, (method, path)


def a_writer(hear, http):
    return Run(hear, http).plan().opens().writer()


@pytest.mark.parametrize(
    "nonsense", ["\x00", "\ud800", "\x07", "\x9f", "\u202e", "\u2066", "\u200f", "\ufeff"]
)
def test_what_nobody_types_is_taken_out_of_a_view(hear, http, nonsense):
    given = a_writer(hear, http).gives(f"Kokous{nonsense} alkaa ajallaan.")
    assert given.status_code == 201
    assert given.json["view"]["text"] == "Kokous alkaa ajallaan."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("eka\r\ntoka\rkolmas", "eka\ntoka\nkolmas"),
        ("ma\u0308ki", "mäki"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 ja 🏴\U000e0067\U000e0062\U000e007f", "👩\u200d💻 ja 🏴\U000e0067\U000e0062\U000e007f"),
        ("sarkain\tjää", "sarkain\tjää"),
    ],
)
def test_what_people_type_is_kept_in_one_form(hear, http, typed, kept):
    assert a_writer(hear, http).gives(typed).json["view"]["text"] == kept


def test_a_receipt_is_left_as_it_came(hear, http):
    run = Run(hear, http).plan().opens()
    receipt = "a-receipt\u202e-ma\u0308ki-that-only-my-browser-holds"
    view = run.writer().gives("Kokous alkaa ajallaan.", receipt=receipt).json["view"]
    elsewhere = run.writer()
    assert [own["id"] for own in elsewhere.own(receipt)] == [view["id"]]
    assert not elsewhere.own("a-receipt-m\u00e4ki-that-only-my-browser-holds")


@pytest.mark.parametrize("nonsense", ["\x00", "\ud800"])
def test_a_secret_that_nothing_can_hold_is_refused(hear, http, nonsense):
    refused = a_writer(hear, http).gives("Kokous.", receipt=f"a-receipt-that-only{nonsense}-my-browser-holds")
    assert (refused.status_code, refused.json["code"]) == (422, "invalid-input")
    assert "receipt" in refused.json["errors"]["json"]


def test_json_that_is_too_deep_is_refused_as_a_problem(http):
    refused = somebody(http, "voting").post(
        f"/runs/{uuid4()}/answers", data="[" * DEEP, content_type="application/json"
    )
    assert (refused.status_code, refused.content_type) == (400, "application/problem+json")
