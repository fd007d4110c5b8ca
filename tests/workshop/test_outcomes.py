"""Outcomes: written by the group, resting on cards, views and round 1, signed by those who are there."""

from uuid import UUID, uuid4

import pytest

from shared.contracts.workshop import OutcomeRecorded, OutcomeSignedOff, RoundEnded

INSIGHT = {"kind": "insight", "text": "Kokous ilman esityslistaa vie kaikkien ajan.", "language": "fi"}
SOLUTION = {"kind": "solution", "text": "Kokoukseton perjantai", "language": "fi"}


@pytest.fixture
def write():
    """write(person, board, INSIGHT, cards=[...]) is the written outcome."""

    def written(person, board, words, **more) -> dict:
        answer = person.post(f"/boards/{board}/outcomes", json=words | more)
        assert answer.status_code == 201, answer.json
        return answer.json

    return written


@pytest.fixture
def four(run):
    people = run.people(4)
    run.workshop = run.running(people, step="write_insights")
    return people


def sign(person, outcome):
    return person.put(f"/outcomes/{outcome['id']}/signature", json={"wording": outcome["wording"]})


def test_an_outcome_rests_on_the_question_and_the_views_behind_its_cards(run, four, add, write, told):
    kaisa = four[0]
    question = kaisa.get(f"/boards/{kaisa.board}").json["question"]["id"]
    for view in run.others[:2]:
        run.anna.post(f"/questions/{question}/sources", json={"view_id": str(view)})
    cited = add(kaisa, kaisa.board, views=[str(run.seats[0]), str(run.others[0])])
    add(kaisa, kaisa.board, "Muu", views=[str(run.others[1])])
    outcome = write(kaisa, kaisa.board, INSIGHT, cards=[cited])
    [recorded] = told("workshop", OutcomeRecorded)
    assert recorded.derived_from[0] == UUID(outcome["question_id"])
    assert set(recorded.derived_from[1:]) == {run.seats[0], run.others[0]}


def test_the_majority_of_those_present_signs_it_off(run, four, write, told):
    outcome = write(four[0], four[0].board, INSIGHT)
    for person in four[:2]:
        sign(person, outcome)
    assert told("workshop", OutcomeSignedOff) == []
    signed = sign(four[2], outcome).json
    assert signed["signed_off_on"]
    [event] = told("workshop", OutcomeSignedOff)
    assert (event.kind, event.round, event.theme_id) == ("insight", 1, run.theme)
    sign(four[3], outcome)
    assert len(told("workshop", OutcomeSignedOff)) == 1


def test_a_signature_stands_behind_the_wording_that_was_read(run, four, write, told):
    read = write(four[0], four[0].board, INSIGHT)
    words = {"kind": "insight", "text": "Aivan muuta.", "language": "fi", "cards": [], "outcomes": []}
    now = four[1].put(f"/outcomes/{read['id']}", json=words).json
    for person in (*four, run.anna):
        refused = sign(person, read)
        assert (refused.status_code, refused.json["code"]) == (409, "wording-changed")
    assert told("workshop", OutcomeSignedOff) == []
    assert sign(four[0], now).status_code == 200


def test_what_an_outcome_rests_on_is_signed_as_well(run, four, add, write):
    read = write(four[0], four[0].board, INSIGHT)
    card = add(four[0], four[0].board)
    same = {name: read[name] for name in ("kind", "text", "language", "outcomes")}
    assert four[1].put(f"/outcomes/{read['id']}", json=same | {"cards": [card]}).status_code == 200
    assert sign(four[2], read).status_code == 409


def test_one_person_counts_once(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    for _ in range(3):
        signed = sign(four[0], outcome).json
    assert (len(signed["sign_offs"]), signed["signed_off_on"]) == (1, None)


def test_a_signature_can_be_taken_back_before_it_is_signed_off(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    sign(four[0], outcome)
    assert four[0].delete(f"/outcomes/{outcome['id']}/signature").json["sign_offs"] == []


def test_other_words_need_new_signatures(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    sign(four[1], outcome)
    changed = four[0].put(f"/outcomes/{outcome['id']}", json=INSIGHT | {"text": "Selvempi"}).json
    assert (changed["text"], changed["sign_offs"]) == ("Selvempi", [])


def test_the_facilitator_signs_on_the_groups_word(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    signed = sign(run.anna, outcome).json
    assert signed["signed_off_on"]
    assert [one["is_facilitator"] for one in signed["sign_offs"]] == [True]


def test_what_is_signed_off_keeps_its_words(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    sign(run.anna, outcome)
    assert four[0].put(f"/outcomes/{outcome['id']}", json=INSIGHT).json["code"] == "already-signed-off"
    assert four[0].delete(f"/outcomes/{outcome['id']}").json["code"] == "already-signed-off"


def test_an_outcome_can_be_struck_before(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    assert four[1].delete(f"/outcomes/{outcome['id']}").status_code == 204
    assert four[1].get(f"/boards/{four[0].board}").json["outcomes"] == []


def test_outcomes_have_their_step(run, four):
    run.go_to(run.workshop, "dig_deeper")
    refused = four[0].post(f"/boards/{four[0].board}/outcomes", json=INSIGHT)
    assert refused.json["code"] == "not-in-this-step"


def test_round_1_has_no_solutions_yet(run, four):
    refused = four[0].post(f"/boards/{four[0].board}/outcomes", json=SOLUTION)
    assert refused.json["code"] == "not-of-this-round"


def test_only_those_of_the_group_and_the_facilitator_write_and_sign(run, four, write):
    outcome = write(four[0], four[0].board, INSIGHT)
    somebody = run.person()
    assert somebody.post(f"/boards/{four[0].board}/outcomes", json=INSIGHT).status_code == 403
    assert sign(somebody, outcome).status_code == 403


def test_an_outcome_cannot_rest_on_a_card_that_is_not_there(run, four):
    refused = four[0].post(f"/boards/{four[0].board}/outcomes", json=INSIGHT | {"cards": [str(uuid4())]})
    assert refused.json["code"] == "unknown-source"


def test_what_round_1_signed_off_lies_on_the_table_in_round_2(run, four, write, told):
    kept = write(four[0], four[0].board, INSIGHT)
    write(four[0], four[0].board, INSIGHT | {"text": "Jäi kesken"})
    sign(run.anna, kept)
    run.anna.post(f"/runs/{run.id}/rounds/1/end")
    assert [(event.groups, event.outcomes) for event in told("workshop", RoundEnded)] == [(1, 1)]

    others = run.people(3)
    run.running(others, round=2, step="write_solutions")
    matti = others[0]
    brought = matti.get(f"/boards/{matti.board}").json["brought"]
    assert [one["id"] for one in brought] == [kept["id"]]
    solution = write(matti, matti.board, SOLUTION, outcomes=[kept["id"]])
    assert UUID(kept["id"]) in [UUID(id) for id in solution["derived_from"]]


def test_participants_read_what_was_signed_off_and_staff_everything(run, four, write):
    kept = write(four[0], four[0].board, INSIGHT)
    write(four[0], four[0].board, INSIGHT | {"text": "Luonnos"})
    sign(run.anna, kept)
    assert [one["id"] for one in run.person().get(f"/runs/{run.id}/outcomes").json] == [kept["id"]]
    assert len(run.anna.get(f"/runs/{run.id}/outcomes").json) == 2
    texts = run.person().post(f"/runs/{run.id}/outcomes/texts", json={"ids": [kept["id"]]}).json
    assert texts[kept["id"]]["text"] == INSIGHT["text"]


def test_minutes_hold_boards_and_outcomes_and_nobodys_name(run, four, add, write):
    kaisa = four[0]
    add(kaisa, kaisa.board, "Pöytäkirjaan")
    write(kaisa, kaisa.board, INSIGHT)
    path = f"/workshops/{run.workshop['id']}/minutes"
    assert kaisa.get(path).json["code"] == "minutes-come-later"
    run.anna.post(f"/workshops/{run.workshop['id']}/end")
    answer = kaisa.get(path)
    [board] = answer.json["boards"]
    assert board["columns"][0]["cards"][0]["text"] == "Pöytäkirjaan"
    assert board["outcomes"][0]["text"] == INSIGHT["text"]
    assert not any(str(person.who.subject) in answer.text for person in four)


def test_notes_stand_beside_the_minutes(run, four):
    run.anna.put(f"/workshops/{run.workshop['id']}/notes", json={"notes": "Yhteys katkesi kerran."})
    minutes = run.anna.get(f"/workshops/{run.workshop['id']}/minutes").json
    assert minutes["notes"] == "Yhteys katkesi kerran."


def test_the_stranger_finds_no_outcome(run, four, write, pekka):
    outcome = write(four[0], four[0].board, INSIGHT)
    assert sign(pekka("workshop"), outcome).status_code == 404
