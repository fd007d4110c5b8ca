"""A host name leads to who runs its DNS, and to nobody else."""

import pytest
from sqlalchemy import text

from services.identity.listeners import looks
from services.identity.models import Host
from shared.contracts.identity import HostRecordMissing
from shared.database import worker_engine_of, worker_sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.test_clients import inside


@pytest.fixture
def sari(avis):
    return inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def pekka(kelas):
    """The stranger: an administrator of the other organisation."""
    return inside(kelas, kelas.sign_in(kelas.employ("Pekka", roles=["admin"])))


def claim(door, zone, name: str, set_the_record: bool = True) -> dict:
    claimed = door.post("/hosts-of-our-own", json={"name": name})
    assert claimed.status_code == 201, claimed.json
    if set_the_record:
        zone.records[claimed.json["record"]] = [claimed.json["text"]]
    return claimed.json


def prove(door, name: str):
    return door.post(f"/hosts-of-our-own/{name}/proof")


def leads_to(house, name: str) -> str | None:
    found = house.door.get(f"/hosts/{name}")
    return found.json["organisation"]["slug"] if found.status_code == 200 else None


def let_the_look_come(tenant) -> None:
    """Brings the next look forward and runs it."""
    with worker_engine_of("identity").begin() as connection:
        sooner = (
            "UPDATE timer SET due_at = now() WHERE tenant_id = :tenant AND name = 'host_look' RETURNING 1"
        )
        assert connection.execute(text(sooner), {"tenant": tenant}).all()
    looks.run_what_is_due(worker_sessions_of("identity"))


@pytest.mark.parametrize("name", ["skargard.example", "www.google.com"])
def test_nobody_takes_a_name_whose_dns_says_nothing_of_it(sari, avis, zone, name):
    claim(sari, zone, name, set_the_record=False)
    answer = prove(sari, name)
    assert (answer.status_code, answer.json["code"]) == (409, "not-proven")
    assert leads_to(avis, name) is None


def test_a_proven_name_leads_here_and_the_stranger_cannot_have_it(sari, pekka, avis, kelas, zone):
    name = f"polku.{avis.domain}"
    claim(sari, zone, name)
    assert prove(sari, name).json["leads_here"]
    claim(pekka, zone, name, set_the_record=False)
    assert prove(pekka, name).json["code"] == "not-proven"
    assert pekka.delete(f"/hosts-of-our-own/{name}").status_code == 204, "he gives up his claim, not our name"
    assert leads_to(avis, name) == avis.slug


def test_another_organisations_record_proves_nothing_for_us(sari, pekka, avis, kelas, zone):
    name = f"polku.{kelas.domain}"
    claim(pekka, zone, name)
    claim(sari, zone, name, set_the_record=False)
    assert prove(sari, name).json["code"] == "not-proven"


def test_who_proves_a_name_gets_it_from_who_never_did(sari, pekka, avis, kelas, zone):
    """Names from before proofs were asked for: anybody could take skargard.fi."""
    name = f"polku.{avis.domain}"
    with acting_for(kelas.id), worker_sessions_of("identity").begin() as session:
        session.add(Host(name=name, slug=kelas.slug, organisation_id=kelas.id))
    assert leads_to(avis, name) == kelas.slug
    claim(sari, zone, name)
    assert prove(sari, name).json["leads_here"]
    assert leads_to(avis, name) == avis.slug


def test_a_proven_name_is_not_taken_by_a_second_proof(sari, pekka, avis, zone):
    """Who runs the DNS today may not be who ran it: the first has to give it up, or an operator looks."""
    name = f"polku.{avis.domain}"
    claim(sari, zone, name)
    prove(sari, name)
    claim(pekka, zone, name)
    assert prove(pekka, name).json["code"] == "host-is-taken"
    assert leads_to(avis, name) == avis.slug


def test_a_record_that_is_gone_warns_and_locks_nobody_out(sari, avis, zone):
    name = f"polku.{avis.domain}"
    claimed = claim(sari, zone, name)
    prove(sari, name)
    zone.records.clear()
    let_the_look_come(avis.id)
    seen = sari.get("/hosts-of-our-own").json["claims"][0]
    assert seen["missing_since"] and seen["leads_here"]
    zone.records[claimed["record"]] = [claimed["text"]]
    let_the_look_come(avis.id)
    assert sari.get("/hosts-of-our-own").json["claims"][0]["missing_since"] is None


def test_a_record_that_is_gone_is_told_once_each_time(sari, pekka, avis, kelas, zone, world):
    name = f"polku.{avis.domain}"
    claimed = claim(sari, zone, name)
    claim(
        sari, zone, f"muu.{avis.domain}", set_the_record=False
    )  # never proven: nothing that could disappear
    prove(sari, name)
    told = []
    for is_there in (False, False, True, False):
        zone.records[claimed["record"]] = [claimed["text"]] if is_there else []
        let_the_look_come(avis.id)
        told.append(len(world.told("identity", HostRecordMissing, tenant=avis.id)))
    assert told == [1, 1, 1, 2]
    assert world.told("identity", HostRecordMissing, tenant=kelas.id) == []


def test_dns_that_is_away_is_asked_again_and_changes_nothing(sari, avis, zone):
    name = f"polku.{avis.domain}"
    claim(sari, zone, name)
    zone.is_broken = True
    assert prove(sari, name).status_code == 503
    zone.is_broken = False
    prove(sari, name)
    zone.is_broken = True
    let_the_look_come(avis.id)
    seen = sari.get("/hosts-of-our-own").json["claims"][0]
    assert seen["leads_here"] and seen["missing_since"] is None


def test_a_name_that_was_given_up_leads_nowhere_and_is_looked_at_no_more(sari, avis, zone):
    name = f"polku.{avis.domain}"
    claim(sari, zone, name)
    prove(sari, name)
    assert sari.delete(f"/hosts-of-our-own/{name}").status_code == 204
    assert leads_to(avis, name) is None
    assert sari.get("/hosts-of-our-own").json == {"hosts": [], "claims": []}
    with worker_engine_of("identity").connect() as connection:
        left = "SELECT count(*) FROM timer WHERE tenant_id = :tenant AND name = 'host_look'"
        assert connection.scalar(text(left), {"tenant": avis.id}) == 0
