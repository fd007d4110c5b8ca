"""Questions from the floor."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from services.townhall.models import Question
from shared.contracts.townhall import QuestionCarriedForward
from shared.database import find

QUESTION = {"words": "Saako kotona tehdä töitä?", "language": "fi"}


def words_on_screen(person, hall) -> list[str]:
    return [question["words"] for question in person.get(hall).json["questions"]]


def test_a_question_waits_until_the_host_shows_it(on_air, kaisa, colleague, host):
    asked = kaisa.post(f"{on_air}/questions", json=QUESTION)
    assert asked.json["state"] == "waiting"
    assert words_on_screen(colleague(), on_air) == []
    host.post(f"/questions/{asked.json['id']}/show")
    assert words_on_screen(colleague(), on_air) == [QUESTION["words"]]
    host.post(f"/questions/{asked.json['id']}/hide")
    assert words_on_screen(colleague(), on_air) == []


@pytest.mark.parametrize("words", ["", "ab", "x" * 501])
def test_a_question_has_a_sensible_length(on_air, kaisa, words):
    assert kaisa.post(f"{on_air}/questions", json=QUESTION | {"words": words}).status_code == 422


def test_in_an_anonymous_hall_nothing_points_to_the_asker(on_air, kaisa, session_of, avi):
    asked = kaisa.post(f"{on_air}/questions", json=QUESTION).json["id"]
    with session_of("townhall") as session:
        stored = session.scalars(select(Question).filter_by(id=asked)).one()
        kept = {column.key: getattr(stored, column.key) for column in Question.__table__.columns}
    assert kept["hand"] is None
    assert str(kaisa.who.subject) not in str(kept)
    assert not any("time" in str(column.type).lower() for column in Question.__table__.columns)
    assert kaisa.get(on_air).json["mine"]["questions"] == []


def test_in_a_pseudonymous_hall_the_asker_finds_the_own_ones(on_air, kaisa, colleague, host, session_of, avi):
    host.patch(on_air, json={"asking": "pseudonymous"})
    asked = kaisa.post(f"{on_air}/questions", json=QUESTION).json["id"]
    assert [mine["id"] for mine in kaisa.get(on_air).json["mine"]["questions"]] == [asked]
    assert colleague().get(on_air).json["mine"]["questions"] == []
    with session_of("townhall") as session:
        assert kaisa.who.subject.bytes not in find(session, Question, asked).hand


def test_a_double_click_does_not_upvote_twice(question, on_air, colleague):
    eager = colleague()
    with ThreadPoolExecutor(8) as clicks:
        answers = list(clicks.map(lambda _: eager.put(f"{question}/upvote").status_code, range(8)))
    assert set(answers) == {204}
    seen = eager.get(on_air).json
    assert seen["questions"][0]["upvotes"] == 1
    assert seen["mine"]["upvotes"] == [question.rsplit("/")[-1]]


def test_many_hands_at_once_are_all_counted(question, on_air, colleague, kaisa):
    crowd = [colleague() for _ in range(24)]
    with ThreadPoolExecutor(8) as hands:
        list(hands.map(lambda person: person.put(f"{question}/upvote"), crowd))
    assert kaisa.get(on_air).json["questions"][0]["upvotes"] == 24


def test_an_upvote_can_be_taken_back(question, on_air, colleague):
    person = colleague()
    person.put(f"{question}/upvote")
    for _ in range(2):
        person.delete(f"{question}/upvote")
    assert person.get(on_air).json["questions"][0]["upvotes"] == 0


def test_the_most_wanted_question_comes_first(question, on_air, host, colleague):
    later = colleague().post(f"{on_air}/questions", json=QUESTION).json["id"]
    host.post(f"/questions/{later}/show")
    colleague().put(f"/questions/{later}/upvote")
    assert words_on_screen(colleague(), on_air)[0] == QUESTION["words"]


def test_nobody_upvotes_after_the_end(question, on_air, host, colleague):
    host.post(f"{on_air}/end")
    assert colleague().put(f"{question}/upvote").json["code"] == "key-is-gone"


def test_answers_can_be_read_afterwards(question, on_air, host, colleague):
    host.post(f"{on_air}/end")
    host.post(f"{question}/answer", json={"reply": "Tiimi sopii siitä."})
    (seen,) = colleague().get(on_air).json["questions"]
    assert (seen["state"], seen["reply"]) == ("answered", "Tiimi sopii siitä.")


def test_what_was_left_unanswered_goes_on_to_the_survey_once(question, on_air, host, kaisa, told):
    id = question.rsplit("/")[-1]
    host.post(f"{on_air}/end")
    for _ in range(2):
        assert host.post(f"{on_air}/carried-forward", json={"questions": [id]}).status_code == 204
    (carried,) = told("townhall", QuestionCarriedForward)
    assert str(carried.question_id) == id
    assert [asked["words"] for asked in kaisa.get(f"/questions?ids={id}").json] == [
        "Kuka päättää läsnäolosta?"
    ]


def test_by_id_only_questions_that_went_on_are_told(question, kaisa, pekka):
    id = question.rsplit("/")[-1]
    assert kaisa.get(f"/questions?ids={id}").json == []
    assert pekka("townhall").get(f"/questions?ids={id}").json == []
    assert kaisa.get("/questions?ids=nonsense").status_code == 422
