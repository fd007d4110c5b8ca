"""The keys of a session: made when it takes people and when it starts, dead when it is over and when its round is."""

from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from services.workshop.attendance import who_attended
from services.workshop.models import Board, Place, SignOff, SignOfLife
from shared.contracts.identity import KeyDestroyed
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.database import worker_sessions_of
from shared.messaging.events import envelope_for
from shared.privacy.keys import KeyName, keys_of
from shared.problems import NobodyKnowsAnyMore

PLANNED = {"starts_at": "2027-03-02T09:00:00Z", "ends_at": "2027-03-02T11:00:00Z", "places": 20}
INSIGHT = {"kind": "insight", "text": "Kokous ilman esityslistaa vie kaikkien ajan.", "language": "fi"}


@pytest.fixture
def living(avi):
    """living(workshop) are the purposes of its keys that live."""

    def purposes(workshop) -> set[str]:
        names = {purpose: KeyName(avi, UUID(workshop["id"]), purpose) for purpose in ("places", "boards")}
        return {purpose for purpose, name in names.items() if keys_of("workshop").is_alive(name)}

    return purposes


@pytest.fixture
def places(session_of, avi):
    def of(workshop) -> list[Place]:
        with session_of("workshop") as session:
            return list(session.scalars(select(Place).filter_by(workshop_id=UUID(workshop["id"]))))

    return of


@pytest.fixture
def attended(run, session_of, avi):
    def ask(people) -> int:
        with session_of("workshop") as session:
            return len(who_attended(run.id, 1, [person.who.subject for person in people], session))

    return ask


def close(run) -> None:
    run.hear("workshop", PhaseClosed(run_id=run.id, phase="deepen", activities=["workshop_1"]))


def destroy(run, purpose: str = "workshop") -> None:
    run.hear("workshop", KeyDestroyed(run_id=run.id, purpose=purpose))


def test_a_session_has_its_keys_from_sign_up_and_from_the_start_on(run, living):
    workshop = run.schedule()
    assert living(workshop) == {"places"}
    assert living(run.running(run.people(2))) == {"places", "boards"}


def test_looking_makes_no_key(run, living):
    workshop = run.schedule()
    run.person().get(f"/workshops/{workshop['id']}")
    run.person().get(f"/runs/{run.id}/workshops")
    run.anna.get(f"/workshops/{workshop['id']}/groups")
    assert living(workshop) == {"places"}


def test_who_wrote_dies_with_the_session_and_who_was_there_with_the_round(
    run, world, living, places, attended
):
    workshop = run.running(people := run.people(3))
    run.anna.post(f"/workshops/{workshop['id']}/end")
    assert living(workshop) == {"places"} and attended(people) == 3
    close(run)
    assert living(workshop) == {"places"} and attended(people) == 3, "identity asks after closing"
    world.let_time_pass("workshop")
    assert living(workshop) == set() and places(workshop) == []
    with pytest.raises(NobodyKnowsAnyMore):
        attended(people)


def test_who_came_before_a_round_opened_again_is_not_nobody(run, world, attended):
    """Its places are forgotten, and of those who come from now on alone nothing right can be said."""
    run.running(people := run.people(2))
    close(run)
    world.let_time_pass("workshop")
    run.open_round()
    with pytest.raises(NobodyKnowsAnyMore):
        attended(people)


def test_what_a_session_wrote_stays_readable_and_counted_when_all_is_forgotten(run, world, add):
    workshop = run.running(people := run.people(3), step="write_insights")
    kaisa, matti, _ = people
    card = add(kaisa, kaisa.board, "Jää")
    kaisa.post(f"/boards/{kaisa.board}/operations", json={"kind": "mark", "card": card})
    outcome = kaisa.post(f"/boards/{kaisa.board}/outcomes", json=INSIGHT).json
    for person in (kaisa, matti):
        person.put(f"/outcomes/{outcome['id']}/signature", json={"wording": outcome["wording"]})
    close(run)
    world.let_time_pass("workshop")
    board = kaisa.get(f"/boards/{kaisa.board}").json
    [shown] = board["columns"][0]["cards"]
    assert (shown["text"], shown["marks"], shown["is_mine"], shown["is_marked"]) == ("Jää", 1, False, False)
    assert [len(one["sign_offs"]) for one in board["outcomes"]] == [2]
    assert not board["outcomes"][0]["is_signed_by_me"] and not board["mine"]["is_member"]
    minutes = run.anna.get(f"/workshops/{workshop['id']}/minutes").json
    assert (minutes["attended"], minutes["boards"][0]["people"]) == (3, 3)
    [group] = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert (group["people"], group["places"]) == (3, [])
    assert kaisa.get(f"/workshops/{workshop['id']}").json["mine"] is None


def test_the_end_leaves_no_hand_on_boards_and_signatures(run, session_of, add):
    workshop = run.running(people := run.people(2), step="write_insights")
    kaisa, _ = people
    card = add(kaisa, kaisa.board)
    kaisa.post(f"/boards/{kaisa.board}/operations", json={"kind": "mark", "card": card})
    outcome = kaisa.post(f"/boards/{kaisa.board}/outcomes", json=INSIGHT).json
    kaisa.put(f"/outcomes/{outcome['id']}/signature", json={"wording": outcome["wording"]})
    run.anna.post(f"/workshops/{workshop['id']}/end")
    with session_of("workshop") as session:
        board = session.scalars(select(Board).filter_by(id=UUID(kaisa.board))).one()
        assert [one.act["who"] for one in board.log()] == [None, None]
        assert board.cards[card]["author"] is None and board.cards[card]["marks"] == [None]
        signed = select(SignOff.who).filter_by(outcome_id=UUID(outcome["id"]))
        assert session.scalars(signed).all() == [None]


def test_a_dead_key_of_the_run_forgets_all_of_it_also_what_goes_on(run, living, places, act):
    running, coming = run.running([kaisa := run.person()]), run.schedule()
    run.sign_up([run.person()], coming)
    destroy(run, "voting")
    assert living(running) == {"places", "boards"}
    destroy(run)
    assert living(running) == living(coming) == set()
    assert places(running) == places(coming) == []
    assert run.anna.get(f"/workshops/{running['id']}").json["state"] == "ended"
    refused = act(kaisa, kaisa.board, "add", text="x", language="fi", column="causes")
    assert (refused.status_code, refused.json["code"]) == (403, "not-allowed")


def test_whose_key_is_dead_takes_nobody_and_says_so(run):
    coming = run.schedule()
    destroy(run)
    refused = run.person().put(f"/workshops/{coming['id']}/place")
    assert (refused.status_code, refused.json["code"]) == (409, "places-are-forgotten")


def test_a_round_that_was_closed_too_early_goes_on_with_its_places(run, world, places):
    coming = run.schedule()
    run.open_round()
    run.sign_up(run.people(2), coming)
    close(run)
    run.open_round()
    world.let_time_pass("workshop")
    assert len(places(coming)) == 2


def test_a_round_that_opens_long_after_takes_people_anew_under_a_key_of_its_own(
    run, world, places, living, avi
):
    coming, [kaisa] = run.schedule(), run.people(1)
    run.open_round()
    run.sign_up([kaisa], coming)
    [before] = places(coming)
    close(run)
    world.let_time_pass("workshop")
    run.open_round()
    assert living(coming) == {"places"} and places(coming) == []
    run.sign_up([kaisa], coming)
    [anew] = places(coming)
    assert anew.id != before.id


def test_a_key_that_died_before_its_rows_is_followed_by_them(run, world, living, places, avi):
    """Cut off between the file and the rows: pages go on, and what rings again ends it."""
    workshop = run.running(people := run.people(2))
    for purpose in ("boards", "places"):
        keys_of("workshop").destroy(KeyName(avi, UUID(workshop["id"]), purpose))
    kaisa = people[0]
    assert kaisa.get(f"/workshops/{workshop['id']}").json["mine"] is None
    assert kaisa.put(f"/workshops/{workshop['id']}/place").json["code"] == "places-are-forgotten"
    assert kaisa.post(f"/workshops/{workshop['id']}/arrival").json["code"] == "places-are-forgotten"
    assert kaisa.get(f"/boards/{kaisa.board}").status_code == 403
    shown = run.anna.get(f"/workshops/{workshop['id']}/groups")
    assert shown.status_code == 200 and len(places(workshop)) == 2
    close(run)
    world.let_time_pass("workshop")
    assert places(workshop) == []


def test_who_schedules_after_the_key_died_makes_no_key_until_a_round_opens(run, living):
    """A completed run's would live for ever."""
    destroy(run)
    coming = run.schedule()
    assert living(coming) == set()
    moved = run.anna.put(f"/workshops/{coming['id']}", json=PLANNED | {"title": "Myöhemmin"})
    assert moved.status_code == 200 and living(coming) == set()
    refused = run.person().put(f"/workshops/{coming['id']}/place")
    assert (refused.status_code, refused.json["code"]) == (409, "places-are-forgotten")
    run.open_round()
    assert living(coming) == {"places"}
    assert living(run.schedule()) == {"places"}
    run.sign_up([run.person()], coming)


def test_whose_round_had_never_opened_when_the_key_died_takes_people_once_it_does(run, living):
    coming = run.schedule(round=2)
    destroy(run)
    assert living(coming) == set()
    run.open_round(2)
    assert living(coming) == {"places"}
    run.sign_up([run.person()], coming)


@pytest.fixture
def late(run, world):
    """late() is the death of the run's key as of now: when it is called, workshop hears of it."""

    def tell():
        envelope = envelope_for(KeyDestroyed(run_id=run.id, purpose="workshop"), "identity")
        return lambda: world.listeners("workshop").hear(envelope, worker_sessions_of("workshop"))

    return tell


def test_a_death_that_is_heard_late_leaves_those_alone_who_came_after_the_round_opened_again(
    run, world, living, places, late, avi
):
    """The first time it was cut off between files and rows; then it lay among the dead letters."""
    run.open_round()
    coming, other = run.schedule(), run.schedule(round=2)
    run.sign_up(run.people(2), coming)
    close(run)
    hear_of_it = late()
    keys_of("workshop").destroy(KeyName(avi, UUID(coming["id"]), "places"))
    run.open_round()
    run.sign_up([run.person()], coming)
    hear_of_it()
    assert len(places(coming)) == 1 and living(coming) == {"places"}
    assert living(other) == set(), "of a round that has not opened again nothing is known any more"
    destroy(run)
    assert living(coming) == set() and places(coming) == []


def test_what_an_earlier_key_sealed_is_nobodys_under_a_later_one(run, avi):
    """Cut off twice: rows of before lie beside a key that was made anew."""
    workshop, [kaisa, matti] = run.schedule(places=1), run.people(2)
    run.sign_up([kaisa, matti], workshop)
    name = KeyName(avi, UUID(workshop["id"]), "places")
    keys_of("workshop").destroy(name)
    keys_of("workshop").make(name, anew=True)
    run.sign_up([matti], workshop)
    mine = matti.get(f"/workshops/{workshop['id']}").json["mine"]
    assert mine["is_waiting"] and mine["number_in_line"] == 2
    formed = run.form_groups(workshop, run.tabled())
    assert [place["unit"] for place in formed["groups"][0]["places"]] == [None]


def test_facilitators_end_a_session_whose_hands_died_before_it(run, avi, act):
    workshop = run.running([kaisa := run.person()], step="dig_deeper")
    keys_of("workshop").destroy(KeyName(avi, UUID(workshop["id"]), "boards"))
    refused = act(kaisa, kaisa.board, "add", text="x", language="fi", column="causes")
    assert (refused.status_code, refused.json["code"]) == (409, "workshop-is-not-running")
    assert kaisa.get(f"/boards/{kaisa.board}").status_code == 200
    assert run.anna.post(f"/workshops/{workshop['id']}/end").json["state"] == "ended"


def test_signs_of_life_are_forgotten_at_the_end_and_by_a_crash(run, session_of, avi):
    workshop = run.running(people := run.people(2))
    kaisa, _ = people
    kaisa.put(f"/boards/{kaisa.board}/ready", json={"ready": True})

    def signs() -> list[SignOfLife]:
        with session_of("workshop") as session:
            return list(session.scalars(select(SignOfLife)))

    assert sorted(str(sign.ready_for) for sign in signs()) == ["2", "None"]
    with session_of("workshop") as session:
        for sign in session.scalars(select(SignOfLife)):
            session.delete(sign)
    [group] = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert (group["here"], group["ready"]) == (0, 0)
    kaisa.get(f"/boards/{kaisa.board}")
    [group] = run.anna.get(f"/workshops/{workshop['id']}/groups").json["groups"]
    assert (group["here"], group["people"]) == (1, 2)
    run.anna.post(f"/workshops/{workshop['id']}/end")
    assert signs() == []


def test_a_sign_of_life_that_cannot_be_written_keeps_nobody_from_the_board(run, monkeypatch):
    """It comes after the answer, in a transaction of its own, while the database restarts, say."""
    run.running([kaisa := run.person()])
    gone = OperationalError("INSERT", {}, Exception("the server closed the connection"))
    monkeypatch.setattr(SignOfLife, "note", Mock(side_effect=gone))
    ready = kaisa.put(f"/boards/{kaisa.board}/ready", json={"ready": True})
    assert ready.status_code == 204 and SignOfLife.note.called
    assert kaisa.get(f"/boards/{kaisa.board}").status_code == 200


def test_a_card_that_comes_back_keeps_the_marks_of_those_who_have_not_given_them_elsewhere(run, add, act):
    kaisa, matti = people = run.people(2)
    run.running(people, step="mark_what_matters")
    away, *others = [add(kaisa, kaisa.board, str(number)) for number in range(4)]
    for person in people:
        act(person, kaisa.board, "mark", card=away)
    act(matti, kaisa.board, "remove", card=away)
    for card in others:
        assert act(kaisa, kaisa.board, "mark", card=card).status_code == 201
    act(matti, kaisa.board, "restore", card=away)
    shown = {card["id"]: card for card in matti.get(f"/boards/{kaisa.board}").json["columns"][0]["cards"]}
    assert (shown[away]["marks"], shown[away]["is_marked"]) == (1, True)


def test_a_key_of_another_organisation_lives_on(run, world, kela, avi):
    stranger = KeyName(kela, run.id, "places")
    keys_of("workshop").make(stranger)
    run.running(run.people(1))
    destroy(run)
    assert keys_of("workshop").is_alive(stranger)


def test_the_path_opens_a_round_twice_without_losing_anybody(run, places):
    coming = run.schedule()
    opened = PhaseOpened(run_id=run.id, phase="deepen", activities=["workshop_1"])
    run.sign_up(run.people(2), coming)
    run.hear("workshop", opened, opened)
    assert len(places(coming)) == 2
