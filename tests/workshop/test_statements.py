"""What people do all the time at a board costs the database no more for being sealed: counted, and never more than before."""

from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import event, text

from services.workshop import boards
from services.workshop.models import Board
from shared.database import engine_of, find, sessions_of, worker_engine_of
from shared.tenancy.sessions import acting_for

BEFORE = {
    "an act": 7,
    "an undo": 9,
    "ready": 9,
    "a look": 8,
    "a sign of life": 9,
    "coming": 13,
    "home": 7,
}
LIVE = {"a board": 5, "a session": 5}


@pytest.fixture
def statements():
    @contextmanager
    def counting():
        seen = SimpleNamespace(count=0, asked=Counter())

        def note(connection, cursor, statement, parameters, *rest):
            seen.count += not statement.startswith("BEGIN")
            seen.asked[statement, str(parameters)] += statement.startswith("SELECT")

        event.listen(engine_of("workshop"), "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine_of("workshop"), "before_cursor_execute", note)

    return counting


@pytest.fixture
def kaisa(run, add):
    """At a board with cards, in the step of marking, seen just now."""
    kaisa, *_ = people = run.people(4)
    run.workshop = run.running(people, step="mark_what_matters")
    kaisa.card = add(kaisa, kaisa.board)
    kaisa.get(f"/boards/{kaisa.board}")
    return kaisa


def test_an_act_and_its_undo(kaisa, act, statements):
    with statements() as marked:
        assert act(kaisa, kaisa.board, "mark", card=kaisa.card).status_code == 201
    with statements() as undone:
        assert kaisa.post(f"/boards/{kaisa.board}/undo").status_code == 201
    assert marked.count <= BEFORE["an act"] and undone.count <= BEFORE["an undo"]


def test_looking_again_and_being_ready(kaisa, statements):
    with statements() as looked:
        kaisa.get(f"/boards/{kaisa.board}")
    with statements() as ready:
        kaisa.put(f"/boards/{kaisa.board}/ready", json={"ready": True})
    assert looked.count <= BEFORE["a look"] and ready.count <= BEFORE["ready"]


def test_what_an_act_rests_on_is_loaded_once(kaisa, act, add, statements):
    """Session, group and places: the board asks for them in each of its rules."""
    acts = {
        "add": lambda: add(kaisa, kaisa.board),
        "move": lambda: act(kaisa, kaisa.board, "move", card=kaisa.card, column="observations"),
        "undo": lambda: kaisa.post(f"/boards/{kaisa.board}/undo"),
        "look": lambda: kaisa.get(f"/boards/{kaisa.board}"),
    }
    for name, do in acts.items():
        with statements() as asked:
            do()
        assert [one for one, times in asked.asked.items() if times > 1] == [], name


def test_many_outcomes_cost_a_look_no_more_than_one(run, kaisa, statements):
    run.go_to(run.workshop, "write_insights")
    looked = []
    for number in range(4):
        words = {"kind": "insight", "text": f"Oivallus {number}", "language": "fi"}
        assert kaisa.post(f"/boards/{kaisa.board}/outcomes", json=words).status_code == 201
        with statements() as asked:
            kaisa.get(f"/boards/{kaisa.board}")
        looked.append(asked.count)
    assert set(looked[1:]) == {looked[0]}


def test_who_waits_for_the_board_finds_the_step_to_which_all_have_moved_on(run, kaisa, act, avi):
    """The session is read when the board is ours: its step may have changed meanwhile."""
    with acting_for(avi), sessions_of("workshop").begin() as session:
        board = find(session, Board, UUID(kaisa.board))
        assert board.workshop.step.key == "mark_what_matters"
        run.go_to(run.workshop, "dig_deeper")
        assert boards.held(session, board.id).workshop.step.key == "dig_deeper"


def test_a_sign_of_life_and_the_first_one(kaisa, statements, avi):
    with statements() as looked:
        kaisa.get(f"/boards/{kaisa.board}")
    change_signs(avi, "UPDATE sign_of_life SET step = (step + 4317) % 4320")
    with statements() as seen:
        kaisa.get(f"/boards/{kaisa.board}")
    change_signs(avi, "DELETE FROM sign_of_life")
    with statements() as come:
        kaisa.get(f"/boards/{kaisa.board}")
    assert looked.count + 1 == seen.count <= BEFORE["a sign of life"]
    assert seen.count < come.count <= BEFORE["coming"]


def change_signs(tenant, statement: str) -> None:
    with acting_for(tenant), worker_engine_of("workshop").begin() as connection:
        connection.execute(text(statement))


def test_what_live_streams_and_home_ask(run, kaisa, statements):
    service = run.door.as_("service")
    for about, most in ((kaisa.board, LIVE["a board"]), (run.workshop["id"], LIVE["a session"])):
        with statements() as asked:
            assert service.get(f"/live/{about}").status_code == 200
        assert asked.count <= most
    with statements() as listed:
        kaisa.get(f"/runs/{run.id}/workshops")
    assert listed.count <= BEFORE["home"]
