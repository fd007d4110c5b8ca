"""Ground rules from the first clause to "still true?"."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from services.practice.models import Team
from services.practice.spaces import space_of
from shared.contracts.identity import MemberLeft
from shared.contracts.practice import AgreementSigned, ClauseDropped, ClauseWritten, ReviewDue
from shared.database import find, sessions_of
from shared.tenancy.sessions import acting_for
from tests.practice.conftest import CLAUSE, in_days, say


def test_any_member_writes_and_the_thread_knows_what_it_came_from(team, kaisa, idea_cards, told):
    own = kaisa.post(f"{team}/clauses", json=CLAUSE).json
    made = kaisa.post(f"{team}/clauses", json=CLAUSE | {"source_id": str(idea_cards[0])}).json
    first, second = told("practice", ClauseWritten)
    assert (first.clause_id, first.derived_from) == (UUID(own["id"]), [])
    assert (second.clause_id, second.derived_from) == (UUID(made["id"]), [idea_cards[0]])


def test_a_clause_is_reworded_by_anybody_and_dropped(team, clause, olli, told):
    changed = olli.put(f"{team}/clauses/{clause}", json=CLAUSE | {"words": "Kokous alkaa tasalta."})
    assert changed.json["words"] == "Kokous alkaa tasalta."
    assert olli.delete(f"{team}/clauses/{clause}").status_code == 204
    assert olli.get(team).json["clauses"] == []
    assert [dropped.clause_id for dropped in told("practice", ClauseDropped)] == [UUID(clause)]


@pytest.mark.parametrize("wrong", [{"heading": "gossip"}, {"words": "x"}, {"words": "x" * 1001}])
def test_a_clause_has_a_heading_and_sensible_words(team, kaisa, wrong):
    assert kaisa.post(f"{team}/clauses", json=CLAUSE | wrong).status_code == 422


def test_only_the_lead_begins_a_round_and_only_with_clauses(team, liisa, kaisa):
    body = {"present": [str(kaisa.who.subject)], "review_on": in_days(90)}
    assert kaisa.post(f"{team}/round", json=body).json["code"] == "only-the-lead"
    assert liisa.post(f"{team}/round", json=body).json["code"] == "nothing-to-agree-on"


def test_the_rules_are_agreed_when_the_last_one_present_can_live_with_them(asked, liisa, kaisa, olli, told):
    say(liisa, asked)
    assert say(kaisa, asked).json["state"] == "agreeing"
    assert told("practice", AgreementSigned) == []
    assert say(olli, asked).json["state"] == "agreed"
    (signed,) = told("practice", AgreementSigned)
    assert (signed.version, signed.review_on.isoformat()) == (1, in_days(90))


def test_one_who_needs_talk_holds_the_agreement_until_it_is_settled(asked, clause, liisa, kaisa, olli):
    assert say(olli, asked, "needs_talk").json["code"] == "say-what-to-talk-about"
    say(olli, asked, "needs_talk", reason="Perjantai ei käy.", clause_id=clause)
    say(liisa, asked)
    space = say(kaisa, asked).json
    assert space["state"] == "agreeing" and space["round"]["waits_for"] == [str(olli.who.subject)]
    settled = {"resolution": "Perjantaina ei kokouksia."}
    assert kaisa.put(f"{asked}/round/voices/{olli.who.subject}/resolution", json=settled).status_code == 204
    (version,) = say(olli, asked).json["versions"]
    assert version["talks"] == [
        {"member_id": str(olli.who.subject), "reason": "Perjantai ei käy."} | settled,
    ]


def test_the_last_two_who_consent_at_once_agree_once(asked, liisa, kaisa, olli, told):
    say(liisa, asked)
    with ThreadPoolExecutor(2) as voices:
        answers = list(voices.map(lambda person: say(person, asked).status_code, (kaisa, olli)))
    assert answers == [200, 200]
    assert len(told("practice", AgreementSigned)) == 1


def test_taken_back_to_the_table_everybody_is_asked_again(asked, clause, liisa, kaisa):
    say(kaisa, asked)
    assert kaisa.delete(f"{asked}/round").json["code"] == "only-the-lead"
    assert liisa.delete(f"{asked}/round").status_code == 204
    assert kaisa.put(f"{asked}/clauses/{clause}", json=CLAUSE).status_code == 200
    body = {"present": [str(kaisa.who.subject)], "review_on": in_days(30)}
    space = liisa.post(f"{asked}/round", json=body).json
    assert space["round"]["waits_for"] == [str(kaisa.who.subject)] and space["my_voice"] is None


def test_on_the_review_day_the_team_is_asked_once_whether_it_is_still_true(agreed, world, avi, kaisa, told):
    assert world.let_time_pass("practice") == 1
    assert world.let_time_pass("practice") == 0
    (due,) = told("practice", ReviewDue)
    assert len(due.members) == 3
    assert kaisa.get(agreed).json["is_review_due"]


def test_still_true_sets_the_next_day(agreed, world, avi, kaisa, told):
    world.let_time_pass("practice")
    assert still_true(kaisa, agreed, on=in_days(0)).json["code"] == "review-is-past"
    assert still_true(kaisa, agreed, on=in_days(180)).status_code == 204
    space = kaisa.get(agreed).json
    assert (space["is_review_due"], space["review_on"]) == (False, in_days(180))
    world.let_time_pass("practice")
    assert len(told("practice", ReviewDue)) == 2


def still_true(member, team: str, on: str, wording: str | None = None):
    """On the rules as they stand, or as they were read before."""
    read = wording or member.get(team).json["wording"]
    return member.put(f"{team}/review", json={"review_on": on, "wording": read})


def open_again(member, team: str, wording: str | None = None):
    return member.delete(
        f"{team}/review", query_string={"wording": wording or member.get(team).json["wording"]}
    )


@pytest.fixture
def agreed_anew(agreed, clause, liisa):
    """The rules that were agreed in the meantime; given is the wording of those before."""
    before = liisa.get(agreed).json["wording"]
    open_again(liisa, agreed)
    liisa.put(f"{agreed}/clauses/{clause}", json=CLAUSE | {"words": "Kokous alkaa kuudelta."})
    liisa.post(f"{agreed}/round", json={"present": [str(liisa.who.subject)], "review_on": in_days(60)})
    say(liisa, agreed)
    return before


def test_still_true_are_the_rules_that_were_read(agreed, agreed_anew, kaisa):
    refused = still_true(kaisa, agreed, on=in_days(180), wording=agreed_anew)
    assert (refused.status_code, refused.json["code"]) == (409, "wording-changed")
    space = kaisa.get(agreed).json
    assert space["review_on"] == in_days(60), "nothing was decided"
    assert still_true(kaisa, agreed, on=in_days(180)).status_code == 204


def test_a_review_says_what_was_read(agreed, kaisa):
    assert kaisa.put(f"{agreed}/review", json={"review_on": in_days(180)}).status_code == 422
    assert kaisa.delete(f"{agreed}/review").status_code == 422


def test_a_round_that_waited_only_for_somebody_who_left_is_agreed(asked, liisa, kaisa, olli, hear, told):
    say(liisa, asked)
    say(kaisa, asked)
    hear("practice", MemberLeft(member_id=olli.who.subject))
    assert kaisa.get(asked).json["state"] == "agreed"
    assert len(told("practice", AgreementSigned)) == 1


def test_the_list_says_what_waits_for_me(asked, kaisa, run_id):
    (mine,) = kaisa.get(f"/runs/{run_id}/teams").json["teams"]
    assert mine["waits_for_me"] and mine["state"] == "agreeing"
    say(kaisa, asked)
    assert not kaisa.get(f"/runs/{run_id}/teams").json["teams"][0]["waits_for_me"]


def test_whoever_looks_while_the_last_one_agrees_sees_one_moment(asked, liisa, kaisa, olli, avi):
    """Two looks at the database are two moments: the round was over when its voices were read."""
    for person in (liisa, kaisa):
        say(person, asked)
    with acting_for(avi), sessions_of("practice").begin() as session:
        team = find(session, Team, UUID(asked.rpartition("/")[2]))
        as_first_read = team.agreement
        assert as_first_read.state == "agreeing"
        say(olli, asked)
        seen = space_of(team, liisa.who.subject, session)
    assert (seen.state, seen.round) == ("agreed", None)
