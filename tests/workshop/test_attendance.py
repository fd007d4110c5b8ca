"""Who was at the workshops: asked by pseudonym, never listed."""

from uuid import uuid4

import pytest

from services.workshop.attendance import who_attended


@pytest.fixture
def attended(run, session_of, avi):
    def ask(people, round: int = 1) -> list[bool]:
        numbers = [person.who.subject for person in people]
        with session_of("workshop") as session:
            came = who_attended(run.id, round, [*numbers, uuid4()], session)
        assert came <= set(numbers)
        return [number in came for number in numbers]

    return ask


def test_who_came_is_known_and_who_only_signed_up_is_not(run, attended):
    kaisa, matti = run.people(2)
    workshop = run.running([kaisa])
    run.sign_up([matti], workshop)
    assert attended([kaisa, matti, run.person()]) == [True, False, False]


def test_each_round_has_its_own(run, attended):
    kaisa, matti = run.people(2)
    run.running([kaisa])
    run.running([matti], round=2, step="weigh")
    assert (attended([kaisa, matti]), attended([kaisa, matti], round=2)) == ([True, False], [False, True])


def test_who_came_stays_known_when_the_session_has_ended(run, attended):
    [kaisa] = people = run.people(1)
    workshop = run.running(people)
    run.anna.post(f"/workshops/{workshop['id']}/end")
    assert attended(people) == [True]


def test_of_another_run_nobody_has_come(run, attended, session_of):
    people = run.people(2)
    run.running(people)
    with session_of("workshop") as session:
        assert who_attended(uuid4(), 1, [person.who.subject for person in people], session) == set()
