"""Units and sites get other names, and two become one; what activities count stays as it was."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from services.identity.models import Belonging
from shared.contracts.identity import MemberChanged
from shared.contracts.process import PhaseOpened
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.test_clients import inside
from tests.identity.test_importing import people_of, read, rows, take_in, units_of


@pytest.fixture
def sari(avis):
    """The administrator, and a list with two units that are one."""
    sari = inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))
    take_in(sari, read(sari, [*rows(avis, "Kaisa", unit="Tuki"), *rows(avis, "Bo", "Cia", unit="Tukitiimi")]))
    return sari


def unit(door, name: str) -> str:
    return next(one["id"] for one in door.get("/units").json["items"] if one["name"] == name)


def test_a_unit_gets_another_name_and_keeps_its_people(sari, avis):
    answer = sari.patch(f"/units/{unit(sari, 'Tuki')}", json={"name": " Tukipalvelut "})
    assert (answer.json["name"], answer.json["members"]) == ("Tukipalvelut", 1)
    assert people_of(avis)["kaisa"][1] == "Tukipalvelut"


def test_no_two_units_have_one_name_and_a_name_says_something(sari):
    tuki = unit(sari, "Tuki")
    assert sari.patch(f"/units/{tuki}", json={"name": "Tukitiimi"}).json["code"] == "name-of-another"
    assert sari.patch(f"/units/{tuki}", json={"name": "  "}).status_code == 422
    meanwhile = {"name": "Oma", "was": {"name": "Vanha"}}
    assert sari.patch(f"/units/{tuki}", json=meanwhile).json["code"] == "changed-meanwhile"


def test_two_units_become_one_and_it_is_told_of_everybody_who_moved(sari, avis, told):
    gone, stays = unit(sari, "Tukitiimi"), unit(sari, "Tuki")
    answer = sari.post(f"/units/{gone}/merging", json={"into_id": stays})
    assert answer.json["members"] == 3 and units_of(avis) == {"Tuki"}
    moved = told("identity", MemberChanged, tenant=avis.id)
    assert {str(one.unit_id) for one in moved} == {stays} and len(moved) == 2
    assert sari.post(f"/units/{stays}/merging", json={"into_id": stays}).json["code"] == "into-itself"


def test_where_people_are_counted_in_an_open_activity_stays(sari, avis, world):
    with acting_for(avis.id):
        world.hear("identity", PhaseOpened(run_id=uuid4(), phase="views", activities=["give_views"]))
    gone, stays = unit(sari, "Tukitiimi"), unit(sari, "Tuki")
    assert sari.post(f"/units/{gone}/merging", json={"into_id": stays}).json["members"] == 3
    with acting_for(avis.id), sessions_of("identity")() as session:
        counted = [str(id) for id in session.scalars(select(Belonging.unit_id)) if id]
    assert sorted(counted) == sorted([gone, gone, stays]) and units_of(avis) == {"Tuki", "Tukitiimi"}


def test_sites_are_cared_for_as_well_and_pekka_changes_none_of_ours(sari, avis, kelas):
    (oulu,) = sari.get("/sites").json["items"]
    assert sari.patch(f"/sites/{oulu['id']}", json={"name": "Oulun toimisto"}).json["members"] == 3
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    assert pekka.patch(f"/sites/{oulu['id']}", json={"name": "Pekan"}).status_code == 404
    assert pekka.post(f"/units/{unit(sari, 'Tuki')}/merging", json={"into_id": oulu["id"]}).status_code == 404
