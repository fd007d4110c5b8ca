"""A team and its table, for its members alone."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from shared.contracts.identity import MemberLeft
from shared.contracts.practice import AgreementDrafted, PrincipleTouched
from shared.contracts.process import PhaseClosed
from shared.contracts.publishing import PrincipleRevised, WorkbookWithdrawn
from tests.practice.conftest import CLAUSE


def test_no_team_begins_before_its_phase(liisa, run_id):
    refused = liisa.post(f"/runs/{run_id}/teams", json={"name": "Lupatiimi"})
    assert refused.json["code"] == "not-yet-open"
    assert liisa.get(f"/runs/{run_id}/teams").json == {"is_open": False, "teams": []}


def test_a_supervisor_founds_a_team_and_leads_it(team, liisa, kaisa, told):
    space = liisa.get(team).json
    assert space["is_lead"] and len(space["members"]) == 3
    assert not kaisa.get(team).json["is_lead"]
    assert len(told("practice", AgreementDrafted)) == 1


def test_a_team_finishes_after_the_phase_but_no_new_one_begins(team, liisa, kaisa, hear, run_id):
    hear("practice", PhaseClosed(run_id=run_id, phase="aftercare", activities=["ground_rules"]))
    assert liisa.post(f"/runs/{run_id}/teams", json={"name": "Uusi"}).json["code"] == "not-yet-open"
    assert kaisa.post(f"{team}/clauses", json=CLAUSE).status_code == 201


def test_the_link_says_which_team_it_is_before_one_joins(team, liisa, outsider):
    code = liisa.get(team).json["code"]
    assert outsider.get(f"/invitations/{code}").json["name"] == "Lupatiimi"
    assert outsider.get("/invitations/guessed").status_code == 404
    for _ in range(2):
        assert outsider.post("/memberships", json={"code": code}).status_code == 201
    assert len(liisa.get(team).json["members"]) == 4


def test_a_colleague_outside_the_team_sees_nothing_of_it(agreed, clause, outsider, run_id):
    acts = [
        outsider.get(agreed),
        outsider.post(f"{agreed}/clauses", json=CLAUSE),
        outsider.put(f"{agreed}/clauses/{clause}", json=CLAUSE),
        outsider.post(f"{agreed}/deals"),
        outsider.put(f"{agreed}/round/voice", json={"round_id": str(uuid4()), "says": "can_live"}),
        outsider.put(f"{agreed}/review", json={"review_on": "2099-01-01", "wording": "0" * 64}),
        outsider.delete(f"{agreed}/members/{uuid4()}"),
    ]
    assert {act.status_code for act in acts} == {404}
    assert outsider.get(f"/runs/{run_id}/teams").json["teams"] == []


def test_the_consultancy_and_the_client_see_counts_and_nothing_else(agreed, http, run_id):
    for role in ("lead", "facilitator", "coordinator", "designer"):
        staff = http("practice").as_(role)
        assert staff.get(agreed).status_code == 403
        counts = staff.get(f"/runs/{run_id}/counts").json
        assert counts == {"teams": 1, "drafting": 0, "agreeing": 0, "agreed": 1, "have_agreed": 1}


def test_another_organisation_has_no_such_team(agreed, pekka, liisa, run_id):
    code = liisa.get(agreed).json["code"]
    stranger = pekka("practice")
    assert stranger.get(agreed).status_code == 404
    assert stranger.get(f"/invitations/{code}").status_code == 404
    assert stranger.post("/memberships", json={"code": code}).status_code == 404
    assert stranger.get(f"/runs/{run_id}/counts").json["teams"] == 0


def test_only_the_lead_lets_others_go_and_everybody_may_leave(team, liisa, kaisa, olli):
    assert kaisa.delete(f"{team}/members/{olli.who.subject}").status_code == 403
    assert olli.delete(f"{team}/members/{olli.who.subject}").status_code == 204
    assert liisa.delete(f"{team}/members/{kaisa.who.subject}").status_code == 204
    assert liisa.delete(f"{team}/members/{liisa.who.subject}").json["code"] == "the-lead-stays"
    assert olli.get(team).status_code == 404


def test_the_lead_is_handed_over_within_the_team(team, liisa, kaisa, outsider):
    refused = liisa.put(f"{team}/lead", json={"member_id": str(outsider.who.subject)})
    assert refused.json["code"] == "not-in-the-team"
    assert liisa.put(f"{team}/lead", json={"member_id": str(kaisa.who.subject)}).status_code == 204
    assert liisa.put(team, json={"name": "Toinen nimi"}).json["code"] == "only-the-lead"
    assert kaisa.put(team, json={"name": "Toinen nimi"}).json["name"] == "Toinen nimi"


def test_the_principles_of_the_workbook_are_inherited_and_cannot_be_changed(team, kaisa, principles):
    space = kaisa.get(team).json
    assert space["principles"] == [str(id) for id in principles]
    assert kaisa.put(f"{team}/clauses/{principles[0]}", json=CLAUSE).status_code == 404
    assert kaisa.delete(f"{team}/clauses/{principles[0]}").status_code == 404


def test_when_a_principle_changes_the_team_is_told_which_clause(
    team, kaisa, liisa, hear, told, run_id, principles
):
    made = kaisa.post(f"{team}/clauses", json=CLAUSE | {"source_id": str(principles[0])}).json
    hear("practice", PrincipleRevised(run_id=run_id, passage_id=principles[0], edition_id=uuid4()))
    (touched,) = told("practice", PrincipleTouched)
    assert [str(id) for id in touched.clauses] == [made["id"]] and len(touched.members) == 3
    space = liisa.get(team).json
    assert space["changed_principles"] == [str(principles[0])]
    assert space["clauses"][0]["source_has_changed"]
    assert see(liisa, team, space).status_code == 204
    assert liisa.get(team).json["changed_principles"] == []


def see(member, team: str, space: dict):
    """What the member's page shows of the first principle that has changed has been seen."""
    (change,) = space["principle_changes"]
    return member.delete(
        f"{team}/changed-principles/{change['passage_id']}", query_string={"wording": change["wording"]}
    )


def test_a_principle_that_changed_once_more_has_not_been_seen(team, liisa, kaisa, hear, run_id, principles):
    about = {"run_id": run_id, "passage_id": principles[0]}
    hear("practice", PrincipleRevised(edition_id=uuid4(), **about))
    first = liisa.get(team).json
    hear("practice", PrincipleRevised(edition_id=uuid4(), **about))
    refused = see(liisa, team, first)
    assert (refused.status_code, refused.json["code"]) == (409, "wording-changed")
    assert kaisa.get(team).json["changed_principles"] == [str(principles[0])]
    assert see(kaisa, team, kaisa.get(team).json).status_code == 204
    assert see(liisa, team, first).status_code == 204, "a colleague has seen it already"
    unnamed = liisa.delete(f"{team}/changed-principles/{principles[0]}")
    assert unnamed.status_code == 422


def test_a_withdrawn_workbook_takes_its_cards_along_but_no_clause(team, clause, kaisa, hear, run_id):
    hear("practice", WorkbookWithdrawn(run_id=run_id, edition_id=uuid4(), number=1))
    space = kaisa.get(team).json
    assert (space["principles"], space["cards_left"], len(space["clauses"])) == ([], 0, 1)


def test_two_who_deal_at_once_get_different_cards(team, liisa, kaisa, idea_cards):
    with ThreadPoolExecutor(2) as hands:
        dealt = list(hands.map(lambda person: person.post(f"{team}/deals").status_code, (liisa, kaisa)))
    assert dealt == [201, 201]
    assert len(liisa.get(team).json["cards"]) == len(idea_cards)


def test_a_card_becomes_a_clause_and_counts_as_kept(team, kaisa, olli):
    card = kaisa.post(f"{team}/deals").json["cards"][0]["passage_id"]
    kaisa.post(f"{team}/clauses", json=CLAUSE | {"source_id": card})
    space = olli.get(team).json
    assert space["clauses"][0]["source_id"] == card
    assert {"passage_id": card, "fate": "kept"} in space["cards"]


def test_a_card_can_be_put_aside(team, kaisa):
    card = kaisa.post(f"{team}/deals").json["cards"][0]["passage_id"]
    assert kaisa.put(f"{team}/cards/{card}", json={"fate": "put_aside"}).status_code == 204
    assert {"passage_id": card, "fate": "put_aside"} in kaisa.get(team).json["cards"]
    assert kaisa.put(f"{team}/cards/{uuid4()}", json={"fate": "kept"}).status_code == 404


def test_a_team_whose_lead_leaves_the_organisation_has_a_lead_again(team, liisa, kaisa, olli, hear):
    hear("practice", MemberLeft(member_id=liisa.who.subject))
    space = kaisa.get(team).json
    assert len(space["members"]) == 2
    assert space["lead_id"] in {str(kaisa.who.subject), str(olli.who.subject)}
