"""At the board: cards, steps, silence, marks, undo, and many hands at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.workshop.models import Board, Operation
from shared.tenancy.sessions import acting_for


@pytest.fixture
def four(run):
    """Four people of one group at work."""
    people = run.people(4)
    run.workshop = run.running(people)
    return people


def test_a_card_is_written_moved_and_read_by_the_group(run, four, add, act, cards):
    kaisa, matti, *_ = four
    card = add(kaisa, kaisa.board, "Kokouksia on liikaa")
    add(matti, kaisa.board, "Kukaan ei sano ei", "causes")
    assert act(matti, kaisa.board, "move", card=card, column="causes").status_code == 201
    assert cards(matti, kaisa.board)["causes"] == ["Kukaan ei sano ei", "Kokouksia on liikaa"]


def test_a_card_moves_before_another(run, four, add, act, cards):
    kaisa = four[0]
    first, second, third = (add(kaisa, kaisa.board, word) for word in ("1", "2", "3"))
    act(kaisa, kaisa.board, "move", card=third, column="observations", before=first)
    assert cards(kaisa, kaisa.board)["observations"] == ["3", "1", "2"]


def test_an_impatient_double_click_writes_one_card(run, four, add, cards):
    kaisa = four[0]
    sent = str(uuid4())
    assert add(kaisa, kaisa.board, id=sent) == add(kaisa, kaisa.board, id=sent)
    assert len(cards(kaisa, kaisa.board)["observations"]) == 1


def test_while_everybody_writes_alone_others_cards_are_hidden(run, four, add, cards):
    kaisa, matti, *_ = four
    run.go_to(run.workshop, "write_alone")
    add(kaisa, kaisa.board, "Salaa vielä")
    assert cards(kaisa, kaisa.board)["observations"] == ["Salaa vielä"]
    assert cards(matti, kaisa.board)["observations"] == []
    assert matti.get(f"/boards/{kaisa.board}").json["hidden"] == 1
    live = run.door.as_("service").get(f"/live/{kaisa.board}")
    assert "Salaa" not in live.text
    run.go_to(run.workshop, "read_and_join")
    assert cards(matti, kaisa.board)["observations"] == ["Salaa vielä"]


def test_coming_back_to_writing_alone_hides_only_what_is_new(run, four, add, cards):
    kaisa, matti, *_ = four
    run.go_to(run.workshop, "write_alone")
    add(kaisa, kaisa.board, "Ennen")
    run.go_to(run.workshop, "read_and_join")
    run.go_to(run.workshop, "write_alone")
    add(kaisa, kaisa.board, "Nyt")
    assert cards(matti, kaisa.board)["observations"] == ["Ennen"]


def test_nobody_writes_before_writing_begins_and_marks_before_marking(run, four, add, act):
    kaisa = four[0]
    card = add(kaisa, kaisa.board)
    assert act(kaisa, kaisa.board, "mark", card=card).json["code"] == "not-in-this-step"
    run.go_to(run.workshop, "arrive")
    refused = act(kaisa, kaisa.board, "add", text="x", language="fi", column="causes")
    assert refused.json["code"] == "not-in-this-step"


def test_everybody_has_three_marks_and_can_take_them_back(run, four, add, act):
    kaisa = four[0]
    written = [add(kaisa, kaisa.board, str(number)) for number in range(4)]
    run.go_to(run.workshop, "mark_what_matters")
    assert [act(kaisa, kaisa.board, "mark", card=card).status_code for card in written] == [
        201,
        201,
        201,
        409,
    ]
    assert act(kaisa, kaisa.board, "mark", card=written[0]).json["code"] == "already-marked"
    assert act(kaisa, kaisa.board, "unmark", card=written[0]).status_code == 201
    assert act(kaisa, kaisa.board, "mark", card=written[3]).status_code == 201
    assert kaisa.get(f"/boards/{kaisa.board}").json["mine"]["marks_left"] == 0


def test_joined_cards_lie_under_one_and_come_apart_again(run, four, add, act, cards):
    kaisa = four[0]
    one, other = add(kaisa, kaisa.board, "Kokouksia liikaa"), add(kaisa, kaisa.board, "Liikaa kokouksia")
    act(kaisa, kaisa.board, "merge", card=other, into=one)
    [shown] = kaisa.get(f"/boards/{kaisa.board}").json["columns"][0]["cards"]
    assert [joined["text"] for joined in shown["joined"]] == ["Liikaa kokouksia"]
    act(kaisa, kaisa.board, "split", card=other)
    assert cards(kaisa, kaisa.board)["observations"] == ["Kokouksia liikaa", "Liikaa kokouksia"]


def test_undo_takes_back_ones_own_latest_act_only(run, four, add, cards):
    kaisa, matti, *_ = four
    add(kaisa, kaisa.board, "Ensin")
    add(matti, kaisa.board, "Matin")
    add(kaisa, kaisa.board, "Sitten")
    for left in (["Ensin", "Matin"], ["Matin"]):
        assert kaisa.post(f"/boards/{kaisa.board}/undo").status_code == 201
        assert cards(kaisa, kaisa.board)["observations"] == left
    assert kaisa.post(f"/boards/{kaisa.board}/undo").json["code"] == "nothing-of-yours-to-undo"


def test_undo_does_not_lose_what_a_colleague_did_since(run, four, add, act):
    kaisa, matti, *_ = four
    card = add(kaisa, kaisa.board)
    act(matti, kaisa.board, "edit", card=card, text="Paremmin")
    assert kaisa.post(f"/boards/{kaisa.board}/undo").json["code"] == "somebody-went-on"


def test_going_back_a_step_deletes_nothing(run, four, add, cards):
    kaisa = four[0]
    add(kaisa, kaisa.board, "Pysyy")
    run.go_to(run.workshop, "arrive")
    assert cards(kaisa, kaisa.board)["observations"] == ["Pysyy"]


def test_a_card_that_is_gone_takes_no_words(run, four, add, act):
    kaisa, matti, *_ = four
    card = add(kaisa, kaisa.board)
    act(kaisa, kaisa.board, "remove", card=card)
    assert act(matti, kaisa.board, "edit", card=card, text="?").json["code"] == "card-is-gone"
    assert act(matti, kaisa.board, "restore", card=card).status_code == 201


def test_an_act_without_what_it_needs_is_refused_by_field(run, four, act):
    answer = act(four[0], four[0].board, "add", language="fi", column="causes")
    assert (answer.status_code, list(answer.json["errors"]["json"])) == (422, ["text"])


def test_many_hands_at_once_lose_nothing_and_share_one_order(run, four, avi, http, session_of):
    board = UUID(four[0].board)

    def write(number: int) -> int:
        act = {"kind": "add", "text": f"Kortti {number}", "language": "fi", "column": "observations"}
        with acting_for(avi):
            whose = {"subject": four[number % 4].who.subject, "run_id": run.id}
            person = http("workshop").as_("participant", **whose)  # with a client of her own
            return person.post(f"/boards/{board}/operations", json=act).status_code

    with ThreadPoolExecutor(8) as hands:
        assert set(hands.map(write, range(40))) == {201}
    with session_of("workshop") as session:
        kept = session.scalars(select(Board).filter_by(id=board)).one()
        numbers = list(
            session.scalars(select(Operation.number).filter_by(board_id=board).order_by(Operation.number))
        )
        assert numbers == list(range(1, 41))
        assert kept.counter == 40
        assert kept.derived_state() == kept.state
        assert len(kept.standing) == 40


def test_another_groups_board_opens_only_when_groups_show_each_other(run, add):
    people = run.people(8)
    workshop = run.running(people, size=4)
    mine = people[0]
    other = next(person for person in people if person.board != mine.board)
    assert mine.get(f"/boards/{other.board}").status_code == 403
    run.go_to(workshop, "share")
    assert mine.get(f"/boards/{other.board}").status_code == 200
    refused = mine.post(f"/boards/{other.board}/operations", json={"kind": "mark", "card": str(uuid4())})
    assert refused.status_code == 403


def test_when_the_session_is_over_nobody_knows_whose_hand_it_was(run, four, add, act, cards, session_of):
    kaisa, matti, *_ = four
    card = add(kaisa, kaisa.board, "Jää")
    run.go_to(run.workshop, "mark_what_matters")
    act(matti, kaisa.board, "mark", card=card)
    run.anna.post(f"/workshops/{run.workshop['id']}/end")
    with session_of("workshop") as session:
        board = session.scalars(select(Board).filter_by(id=UUID(kaisa.board))).one()
        kept = str(board.state) + "".join(str(one.act) + str(one.reverse) for one in board.log())
        assert not any(str(person.who.subject) in kept for person in four)
        assert board.derived_state() == board.state
    assert matti.get(f"/boards/{kaisa.board}").json["columns"][0]["cards"][0]["marks"] == 1
    assert act(kaisa, kaisa.board, "remove", card=card).json["code"] == "workshop-is-not-running"


def test_ideas_are_judged_by_effect_and_effort(run, add, act):
    kaisa, matti = people = run.people(2)
    workshop = run.running(people, round=2, step="build_on_ideas")
    card = add(kaisa, kaisa.board, "Kokoukseton perjantai", "ideas")
    run.go_to(workshop, "weigh")
    act(kaisa, kaisa.board, "judge", card=card, effect=5, effort=2)
    act(matti, kaisa.board, "judge", card=card, effect=3, effort=1)
    act(matti, kaisa.board, "judge", card=card, effect=4, effort=1)
    [shown] = kaisa.get(f"/boards/{kaisa.board}").json["columns"][0]["cards"]
    assert (shown["effect"], shown["effort"], shown["judged"]) == (4.5, 1.5, 2)
    assert shown["my_judgement"] == [5, 2]


def test_every_act_raises_the_version_that_live_followers_compare(run, four, add):
    kaisa = four[0]
    service = run.door.as_("service")

    def version() -> int:
        return service.get(f"/live/{kaisa.board}").json["version"]

    seen = [version()]
    add(kaisa, kaisa.board)
    seen.append(version())
    kaisa.put(f"/boards/{kaisa.board}/help", json={"asks": True})
    seen.append(version())
    run.go_to(run.workshop, "share")
    seen.append(version())
    assert seen == sorted(set(seen))


def test_who_may_follow_a_board_live(run, four, pekka):
    kaisa = four[0]
    assert kaisa.get(f"/live/{kaisa.board}/access").status_code == 204
    assert run.anna.get(f"/live/{kaisa.board}/access").status_code == 204
    assert run.person().get(f"/live/{kaisa.board}/access").status_code == 403
    assert kaisa.get(f"/live/{run.workshop['id']}/access").status_code == 204
    assert pekka("workshop").get(f"/live/{kaisa.board}/access").status_code == 404


def test_the_stranger_finds_no_board(run, four, pekka):
    assert pekka("workshop").get(f"/boards/{four[0].board}").status_code == 404
