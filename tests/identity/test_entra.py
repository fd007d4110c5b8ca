"""Microsoft Entra as it asks, word for word: what its provisioning sends, in its order and with its habits.

From https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups (requests and responses) and
https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility (both habits of PATCH).
"""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.identity.provisioning.resources import ENTERPRISE
from tests.identity.directory import GROUP, PATCH, USER, Directory, joins_by
from tests.identity.directory import directory as directory
from tests.portal.browser import whole as whole

OBJECT_ID = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"


@pytest.fixture
def entra(directory) -> Directory:
    joins_by(directory.house, "oid")
    return directory


def asked_for(entra: Directory, what: str, kind: str = "Users") -> list[dict[str, Any]]:
    answer = entra.get(f"/{kind}", filter=what)
    assert answer.status_code == 200 and answer.content_type == "application/scim+json"
    return answer.json.get("Resources", [])


def kaisa_of(entra: Directory) -> dict[str, Any]:
    """The user that Entra makes with its usual mapping, but for externalId, which is set to objectId."""
    said = {
        "schemas": [USER, ENTERPRISE],
        "externalId": OBJECT_ID,
        "userName": "Kaisa.Niemi@avi.example",
        "active": True,
        "addresses": [
            {
                "primary": False,
                "type": "work",
                "country": "Finland",
                "formatted": "Talo 2",
                "locality": "Oulu",
                "postalCode": "90100",
                "region": "",
                "streetAddress": "Linnankatu 3",
            }
        ],
        "displayName": "Kaisa Niemi",
        "emails": [{"primary": True, "type": "work", "value": "kaisa.niemi@avi.example"}],
        "meta": {"resourceType": "User"},
        "name": {"familyName": "Niemi", "formatted": "Kaisa Niemi", "givenName": "Kaisa"},
        "phoneNumbers": [{"primary": True, "type": "work", "value": "+358 40 1234567"}],
        "preferredLanguage": "fi",
        "title": "Inspector",
        ENTERPRISE: {
            "department": "Työsuojelu",
            "employeeNumber": "17",
            "manager": "26118915-6090-4610-87e4-49d8ca9f808d",
        },
    }
    answer = entra.ask("POST", "/Users", said)
    assert answer.status_code == 201, answer.text
    return answer.json


def written(entra: Directory, *asks: tuple[str, str, Any]) -> list[str]:
    """The statements that wrote anything while these were asked."""
    seen: list[str] = []
    note = lambda *about: seen.append(about[2])  # noqa: E731
    event.listen(Engine, "before_cursor_execute", note)
    try:
        for method, path, body in asks:
            assert entra.ask(method, path, body).status_code in (200, 204)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert seen
    return [one for one in seen if one.split()[0] in ("INSERT", "UPDATE", "DELETE") or "INSERT INTO" in one]


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def test_test_connection_asks_for_somebody_who_is_not_there(entra):
    assert asked_for(entra, f'userName eq "{uuid4()}"') == []


def test_a_cycle_of_one_person(entra):
    assert asked_for(entra, 'externalId eq "0a21f0f2"') == []
    kaisa = kaisa_of(entra)
    member = entra.member(kaisa["id"])
    assert (member.name, member.language, member.external_id) == ("Kaisa Niemi", "fi", OBJECT_ID)
    assert [one["id"] for one in asked_for(entra, 'userName eq "kaisa.niemi@AVI.example"')] == [kaisa["id"]]
    assert [one["id"] for one in asked_for(entra, f'externalId eq "{OBJECT_ID}"')] == [kaisa["id"]]
    assert entra.get(f"/Users/{kaisa['id']}").json["userName"] == "Kaisa.Niemi@avi.example"


DISABLED = (
    {"op": "Replace", "path": "active", "value": "False"},
    {"op": "Replace", "path": "active", "value": False},
    {"op": "replace", "path": "active", "value": "false"},
    {"op": "Replace", "value": {"active": "False"}},
    {"op": "replace", "value": {"active": False}},
)


@pytest.mark.parametrize("operation", DISABLED)
def test_somebody_is_disabled_in_each_of_its_ways(entra, operation):
    kaisa = kaisa_of(entra)
    entra.change(f"/Users/{kaisa['id']}", operation)
    assert entra.member(kaisa["id"]).left_at
    assert entra.get(f"/Users/{kaisa['id']}").json["active"] is False


def test_a_patch_without_path_names_attributes_by_their_paths(entra):
    kaisa = kaisa_of(entra)
    value = {
        "displayName": "Kaisa Salo",
        "name.familyName": "Salo",
        'emails[type eq "work"].value': "kaisa.salo@avi.example",
        f"{ENTERPRISE}:department": "Ympäristö",
        f"{ENTERPRISE}:employeeNumber": "18",
        "title": "Head",
    }
    entra.change(f"/Users/{kaisa['id']}", {"op": "replace", "value": value})
    shown, member = entra.get(f"/Users/{kaisa['id']}").json, entra.member(kaisa["id"])
    assert (member.name, member.email) == ("Kaisa Salo", "kaisa.salo@avi.example")
    assert shown["name"]["familyName"] == "Salo" and shown[ENTERPRISE] == {"department": "Ympäristö"}


def test_a_patch_with_paths_adds_what_is_not_there(entra):
    kaisa = entra.announce("kaisa", externalId=OBJECT_ID)
    entra.change(
        f"/Users/{kaisa['id']}",
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "kaisa@avi.example"},
        {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Oulu"},
        {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "Talo 2"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "040"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Työsuojelu"},
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": "26118915-6090-4610-87e4-49d8ca9f808d"},
        {"op": "Add", "path": "displayName", "value": "Kaisa"},
    )
    member = entra.member(kaisa["id"])
    assert (member.name, member.email) == ("Kaisa", "kaisa@avi.example") and member.unit_id and member.site_id


def test_what_is_said_again_and_again_writes_nothing(entra):
    kaisa = kaisa_of(entra)
    group = entra.group("Staff", kaisa["id"])
    again = {
        "displayName": " Kaisa  Niemi",
        "active": "True",
        'emails[type eq "work"].value': "kaisa.niemi@avi.example",
    }
    in_group = {"op": "Add", "path": "members", "value": [{"value": kaisa["id"]}]}
    asks = (
        ("GET", f"/Users/{kaisa['id']}", None),
        ("PATCH", f"/Users/{kaisa['id']}", patch({"op": "Replace", "value": again})),
        ("PATCH", f"/Users/{kaisa['id']}", patch({"op": "Replace", "path": "title", "value": "Boss"})),
        ("PATCH", f"/Groups/{group['id']}", patch(in_group)),
        ("PUT", f"/Users/{kaisa['id']}", entra.get(f"/Users/{kaisa['id']}").json),
    )
    assert written(entra, *asks) == []
    assert written(
        entra, ("PATCH", f"/Users/{kaisa['id']}", patch({"op": "Replace", "value": {"displayName": "K"}}))
    )


def test_a_cycle_of_one_group(entra):
    kaisa, other = kaisa_of(entra), entra.announce("aino")
    said = {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "Staff",
        "meta": {"resourceType": "Group"},
    }
    answer = entra.ask("POST", "/Groups", said)
    assert answer.status_code == 201, answer.text
    path = f"/Groups/{answer.json['id']}"
    assert "members" not in entra.get(path, excludedAttributes="members").json
    assert len(asked_for(entra, 'displayName eq "Staff"', "Groups")) == 1
    entra.change(
        path,
        {
            "op": "Add",
            "path": "members",
            "value": [{"$ref": None, "value": kaisa["id"]}, {"value": other["id"]}],
        },
    )
    entra.change(path, {"op": "Replace", "path": "displayName", "value": "All staff"})
    entra.change(path, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": kaisa["id"]}]})
    shown = entra.get(path).json
    assert shown["displayName"] == "All staff" and [one["value"] for one in shown["members"]] == [other["id"]]
    entra.change(path, {"op": "remove", "path": f'members[value eq "{other["id"]}"]'})
    assert "members" not in entra.get(path).json
    assert entra.ask("DELETE", path).status_code == 204


def test_somebody_is_deleted_for_good(entra):
    kaisa = kaisa_of(entra)
    entra.change(f"/Users/{kaisa['id']}", DISABLED[0])
    assert entra.ask("DELETE", f"/Users/{kaisa['id']}").status_code == 204
    assert entra.ask("DELETE", f"/Users/{kaisa['id']}").status_code == 404
    assert asked_for(entra, f'externalId eq "{OBJECT_ID}"') == []


def test_two_of_one_user_name_are_a_conflict_that_it_understands(entra):
    kaisa_of(entra)
    answer = entra.ask("POST", "/Users", {"schemas": [USER], "userName": "kaisa.niemi@avi.example"})
    assert answer.status_code == 409 and answer.json["scimType"] == "uniqueness"
