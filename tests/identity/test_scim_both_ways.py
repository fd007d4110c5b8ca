"""SCIM as the portal asks it of identity: over HTTP and by the direct call, answered alike."""

import json

import pytest

from tests.identity.directory import USER, token_for


@pytest.fixture
def ask(avis):
    token = token_for(avis)

    def ask(method: str, path: str, body=None, token: str = token):
        asked = {"method": method, "path": path, "token": token, "base": f"http://{avis.host}/scim/v2"}
        return avis.door.post("/scim", json=asked | {"body": json.dumps(body) if body else ""})

    return ask


def test_a_person_is_announced_found_and_let_go(ask):
    made = ask("POST", "/Users", {"schemas": [USER], "userName": "kaisa"}).json
    assert made["status"] == 201 and made["headers"]["Location"].endswith(json.loads(made["body"])["id"])
    path = f"/Users/{json.loads(made['body'])['id']}"
    assert ask("GET", path).json["status"] == 200
    assert ask("DELETE", path).json["status"] == 204
    assert ask("GET", path).json["status"] == 404


def test_a_refusal_of_the_protocol_leaves_nothing_written(ask):
    ask("POST", "/Users", {"schemas": [USER], "userName": "kaisa"})
    again = ask("POST", "/Users", {"schemas": [USER], "userName": "KAISA"})
    assert again.status_code == 200 and json.loads(again.json["body"])["scimType"] == "uniqueness"
    assert json.loads(ask("GET", "/Users").json["body"])["totalResults"] == 1


def test_a_refusal_of_ours_is_a_problem(ask):
    assert ask("GET", "/Users", token="polku_scim_guessed").json["code"] == "who-are-you"


def test_nobody_but_the_portal_asks(avis):
    door = avis.door.as_("admin", "lead")
    assert (
        door.post("/scim", json={"method": "GET", "path": "/Users", "token": "x", "base": "x"}).status_code
        == 403
    )
