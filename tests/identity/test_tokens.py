"""What the services learn about who is there: for survey, voting and workshop never who."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from services.identity.models import StaffAccess
from services.identity.tenants.models.staff_access import today
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.identity.houses import grant

RUN = UUID("11111111-1111-4111-8111-111111111111")


def callers(house, secret, **asked):
    """Whom each service sees."""
    asked = {"run_id": str(RUN)} | asked
    if asked["run_id"]:
        house.plans(UUID(asked["run_id"]))
    found = house.current(secret, **asked).json["tokens"]
    return {audience: verify(token, audience) for audience, token in found.items()}


@pytest.fixture
def kaisas(avis):
    return avis.let_in(avis.employ("Kaisa", unit="Työsuojelu", site="Oulu", roles=["coordinator"]))


def test_a_pseudonym_is_the_same_within_a_run_and_purpose(avis, kaisas):
    first, second = callers(avis, kaisas), callers(avis, avis.let_in(f"kaisa-{avis.slug}"))
    for purpose in ("survey", "voting", "workshop"):
        assert first[purpose].subject == second[purpose].subject
        assert first[purpose].purpose == purpose and first[purpose].run_id == RUN


def test_pseudonyms_of_different_purposes_runs_and_people_do_not_join(avis, kaisas):
    mikael = avis.let_in(avis.employ("Mikael"))
    seen = [callers(avis, kaisas), callers(avis, kaisas, run_id=str(uuid4())), callers(avis, mikael)]
    numbers = [found[purpose].subject for found in seen for purpose in ("survey", "voting", "workshop")]
    assert len(set(numbers)) == 9


def test_nothing_in_the_surveys_token_points_to_the_person(avis, kaisas):
    person = avis.person(kaisas)
    told = json.dumps(callers(avis, kaisas)["survey"].claims)
    for clue in (
        person["id"],
        person["unit_id"],
        person["site_id"],
        "Kaisa",
        "Oulu",
        "coordinator",
        avis.domain,
    ):
        assert clue not in told


def test_voting_and_workshop_learn_unit_and_site_but_not_who_or_what_she_is(avis, kaisas):
    person, seen = avis.person(kaisas), callers(avis, kaisas)
    for purpose in ("voting", "workshop"):
        assert (seen[purpose].unit, seen[purpose].site) == (person["unit_id"], person["site_id"])
        assert seen[purpose].roles == {"participant"} and str(seen[purpose].subject) != person["id"]


def test_the_other_services_know_the_member(avis, kaisas):
    person, seen = avis.person(kaisas), callers(avis, kaisas)
    assert str(seen["practice"].subject) == person["id"]
    assert seen["practice"].roles == {"participant", "coordinator"}


def test_who_opens_a_thread_is_a_new_number_every_time(avis, kaisas):
    assert callers(avis, kaisas)["lineage"].subject != callers(avis, kaisas)["lineage"].subject


def test_on_the_desk_a_coordinator_is_named_and_no_participant(avis, kaisas):
    seen = callers(avis, kaisas, as_participant=False)
    assert str(seen["survey"].subject) == avis.person(kaisas)["id"]
    assert seen["survey"].roles == {"coordinator"}


def test_an_employee_has_no_business_at_the_desk_of_the_survey(avis):
    mikael = avis.let_in(avis.employ("Mikael"))
    assert "survey" not in callers(avis, mikael, as_participant=False)


def test_without_a_run_there_is_no_pseudonym(avis, kaisas):
    assert "survey" not in callers(avis, kaisas, run_id=None)


def test_a_page_asks_for_several_tokens_at_once(avis, kaisas):
    avis.plans(RUN)
    asked = {"secret": kaisas, "run_id": str(RUN), "audiences": ["voting", "process"]}
    assert set(avis.door.post("/tokens", json=asked).json["tokens"]) == {"voting", "process"}


def test_staff_enter_a_client_under_a_grant_and_by_name(avis, consultancy):
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    henna = consultancy.person(secret)["id"]
    grant(avis, consultancy, henna, "lead", "facilitator")
    found = consultancy.current(secret, client=avis.slug, run_id=str(RUN)).json
    assert found["tenant"]["slug"] == avis.slug and found["home"]["kind"] == "consultancy"
    seen = verify(found["tokens"]["survey"], "survey")
    assert (seen.tenant, seen.home, str(seen.subject)) == (avis.id, consultancy.id, henna)
    assert seen.roles == {"lead", "facilitator"}


def test_without_a_grant_nobody_of_the_consultancy_gets_in(avis, kelas, consultancy):
    secret = consultancy.let_in(consultancy.employ("Jari", roles=["lead"]))
    grant(kelas, consultancy, consultancy.person(secret)["id"], "lead")
    answer = consultancy.current(secret, client=avis.slug)
    assert answer.status_code == 403 and answer.json["code"] == "no-access"
    assert consultancy.current(secret, client="no-such-client").json["code"] == "no-access"


@pytest.mark.parametrize(
    "over", [{"ends_on": today().replace(year=2020)}, {"ended_by": "Tuula", "ended_at": "2020-01-01"}]
)
def test_access_ends_with_its_last_day_and_when_the_client_ends_it(avis, consultancy, over):
    secret = consultancy.let_in(consultancy.employ("Eeva", roles=["editor"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "editor")
    assert consultancy.current(secret, client=avis.slug).status_code == 200
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(StaffAccess).values(**over))
    assert consultancy.current(secret, client=avis.slug).status_code == 403


def test_a_clients_own_people_cannot_enter_another_client(avis, kelas):
    secret = kelas.let_in(kelas.employ("Pekka", roles=["admin"]))
    assert kelas.current(secret, client=avis.slug).status_code == 403


def test_the_client_sees_when_access_was_used(avis, consultancy):
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead")
    consultancy.current(secret, client=avis.slug)
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.query(StaffAccess).one().last_used_on == today()


def test_a_client_that_says_lead_in_its_own_directory_gets_no_staff_role(avis):
    secret = avis.let_in(avis.employ("Sari", roles=["lead", "admin"]))
    assert avis.current(secret).json["roles"] == ["admin", "participant"]
