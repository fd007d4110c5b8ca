"""The key of a hall is a file that dies with the event; what is left afterwards are counts."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from services.townhall import halls
from services.townhall import on_air as on_air_room
from services.townhall.models import Answer, Hall, Question, Upvote
from shared.contracts.process import RunCompleted
from shared.contracts.townhall import TownhallEnded
from shared.privacy.keys import KeyName, Keys, keys_of

CHOICE = {
    "kind": "choice",
    "words": {"fi": "Missä?"},
    "options": [{"fi": "Koti"}, {"fi": "Toimisto"}, {"fi": "Muualla"}],
}
WORDS = {"kind": "words", "words": {"fi": "Kolme sanaa tästä päivästä"}}


class CutOff(Exception):
    """What a power cut looks like to the database."""


def id_of(address: str) -> UUID:
    return UUID(address.rsplit("/")[-1])


def file_of(avi, hall) -> KeyName:
    return KeyName(avi, id_of(hall), "hands")


@pytest.fixture
def crowd(colleague):
    return [colleague() for _ in range(7)]


def ask_all(host, hall, crowd, said, answers) -> str:
    """A poll that the crowd answers in turn."""
    poll = host.post(f"{hall}/polls", json=said).json["id"]
    host.put(f"{hall}/stage", json={"kind": "poll", "poll_id": poll})
    for person, answer in zip(crowd, answers, strict=False):
        assert person.put(f"/polls/{poll}/answer", json=answer).status_code == 200
    return f"/polls/{poll}"


def rows(session_of, *nouns) -> list[int]:
    with session_of("townhall") as session:
        return [session.scalar(select(func.count()).select_from(noun)) for noun in nouns]


def test_each_event_has_a_key_of_its_own_from_its_laying_out_on(planned, host, run_id, avi, kela):
    halls = [UUID(hall["id"]) for hall in host.get(f"/runs/{run_id}/halls").json]
    keys = [keys_of("townhall").use(KeyName(avi, hall, "hands")) for hall in halls]
    assert len({key.digest(b"kaisa", "hand") for key in keys}) == 2
    assert not any(keys_of("townhall").is_alive(KeyName(kela, hall, "hands")) for hall in halls)


def test_what_a_page_shows_as_ones_own_takes_one_look_at_the_key(poll, question, on_air, kaisa, monkeypatch):
    kaisa.put(f"{poll}/answer", json={"value": 1})
    use, used = Keys.use, []
    monkeypatch.setattr(Keys, "use", lambda keys, name: used.append(name) or use(keys, name))
    mine = kaisa.get(on_air).json["mine"]
    assert mine["answer"]["value"] == 1 and len(used) == 1


def test_the_end_leaves_counts_and_no_answer_of_anybody(question, on_air, host, crowd, session_of, avi):
    ask_all(host, on_air, crowd, CHOICE, [{"value": n % 2} for n in range(7)])
    ask_all(host, on_air, crowd, WORDS, [{"words": ["rauha", f"sana {n}"]} for n in range(6)])
    ask_all(host, on_air, crowd, CHOICE, [{"value": 2}] * 4)
    crowd[0].put(f"{question}/upvote")
    host.post(f"{on_air}/end")
    assert not keys_of("townhall").is_alive(file_of(avi, on_air))
    assert rows(session_of, Answer, Upvote) == [0, 0]
    assert host.get(f"{on_air}/desk").json["questions"][0]["upvotes"] == 1


@pytest.mark.parametrize("looked_at_before", [True, False])
def test_results_are_after_the_end_what_they_were_before(on_air, host, crowd, kaisa, looked_at_before):
    polls = [
        ask_all(host, on_air, crowd, CHOICE, [{"value": n % 2} for n in range(7)]),
        ask_all(host, on_air, crowd, WORDS, [{"words": ["rauha", f"sana {n}"]} for n in range(6)]),
        ask_all(host, on_air, crowd, CHOICE, [{"value": 2}] * 4),
    ]
    before = on_desk(host, on_air, polls) if looked_at_before else None
    host.post(f"{polls[0]}/reveal")
    host.post(f"{on_air}/end")
    first, second, third = after = on_desk(host, on_air, polls)
    assert first == {"answers": 7, "withheld": False, "bars": [4, 3, 0]}
    assert second["answers"] == 6 and second["cloud"]["rauha"] == 6 and len(second["cloud"]) == 7
    assert third == {"answers": 0, "withheld": True}
    assert before in (None, after)
    (shown,) = kaisa.get(on_air).json["polls"]
    assert [bar["count"] for bar in shown["bars"]] == [4, 3, 0]


def on_desk(host, hall, polls) -> list[dict]:
    """What the host is told of each poll's result."""
    found = {poll["id"]: poll for poll in host.get(f"{hall}/desk").json["polls"]}
    told = [found[poll.rsplit("/")[-1]] for poll in polls]
    kept = [{name: poll[name] for name in ("answers", "withheld")} for poll in told]
    for poll, each in zip(told, kept, strict=True):
        if "bars" in poll:
            each["bars"] = [bar["count"] for bar in poll["bars"]]
        if "cloud" in poll:
            each["cloud"] = {word["word"]: word["count"] for word in poll["cloud"]}
    return kept


def test_an_ending_that_was_cut_off_is_ended_by_the_next(
    question, on_air, host, kaisa, session_of, told, avi
):
    with pytest.raises(CutOff), session_of("townhall") as session:
        on_air_room.end(session, halls.held(session, Hall, id_of(on_air)))
        session.flush()
        raise CutOff
    refused = kaisa.put(f"{question}/upvote")
    assert (refused.status_code, refused.json["code"]) == (409, "key-is-gone")
    assert kaisa.get(on_air).json["mine"]["upvotes"] == []
    assert told("townhall", TownhallEnded) == []
    for _ in range(2):
        assert host.post(f"{on_air}/end").status_code == 204
    assert len(told("townhall", TownhallEnded)) == 1
    assert kaisa.get(on_air).json["state"] == "over"


def test_an_upvote_that_came_late_is_forgotten_as_well(question, on_air, host, session_of, world, avi):
    host.post(f"{on_air}/end")
    with session_of("townhall") as session:
        session.add(Upvote(question_id=id_of(question), hand=b"made before the end"))
    world.let_time_pass("townhall")
    assert rows(session_of, Upvote) == [0]


def test_late_hands_of_an_event_that_goes_on_stay(question, on_air, colleague, session_of):
    colleague().put(f"{question}/upvote")
    with session_of("townhall") as session:
        on_air_room.forget_late_hands(session, halls.held(session, Hall, id_of(on_air)))
    assert rows(session_of, Upvote) == [1]


def test_the_tables_of_an_event_are_written_anew_in_the_night_after_it(
    poll, on_air, kaisa, host, world, session_of
):
    kaisa.put(f"{poll}/answer", json={"value": 1})
    before = files(session_of)
    host.post(f"{on_air}/end")
    assert files(session_of) == before
    world.let_time_pass("townhall")
    after = files(session_of)
    assert all(before[table] != after[table] for table in before)
    assert kaisa.get(on_air).json["state"] == "over"


def files(session_of) -> dict[str, str]:
    tables = ("hall", "question", "upvote", "poll", "answer", "result", "sign_up", "pulse")
    with session_of("townhall") as session:
        return {table: session.scalar(text(f"SELECT pg_relation_filepath('{table}')")) for table in tables}


def test_an_event_that_a_backup_brought_back_is_held_once_more_without_the_old_hands(
    open_hall, host, kaisa, colleague, session_of, avi
):
    host.patch(open_hall, json={"asking": "pseudonymous", "moderation": "after"})
    asked = kaisa.post(
        f"{open_hall}/questions", json={"words": "Saako kotona tehdä töitä?", "language": "fi"}
    )
    colleague().put(f"/questions/{asked.json['id']}/upvote")
    keys_of("townhall").destroy(file_of(avi, open_hall))
    assert host.post(f"{open_hall}/start").status_code == 204
    with session_of("townhall") as session:
        (question,) = session.scalars(select(Question))
        assert (question.hand, question.upvotes) == (None, 1)
    assert rows(session_of, Upvote) == [0]
    assert kaisa.put(f"/questions/{asked.json['id']}/upvote").status_code == 204


def test_starting_an_event_leaves_its_hands_alone(open_hall, host, kaisa, colleague, session_of):
    host.patch(open_hall, json={"moderation": "after"})
    asked = kaisa.post(
        f"{open_hall}/questions", json={"words": "Saako kotona tehdä töitä?", "language": "fi"}
    )
    colleague().put(f"/questions/{asked.json['id']}/upvote")
    host.post(f"{open_hall}/start")
    assert rows(session_of, Upvote) == [1]


def test_a_stranger_ends_nothing(on_air, pekka, avi):
    assert pekka("townhall").post(f"{on_air}/end").status_code == 404
    assert pekka("townhall").post(f"/halls/{uuid4()}/end").status_code == 404
    assert keys_of("townhall").is_alive(file_of(avi, on_air))


def test_an_event_that_was_never_held_keeps_nobodys_hand_beyond_the_run(
    open_hall, host, kaisa, run_id, hear, session_of, avi
):
    asked = kaisa.post(
        f"{open_hall}/questions", json={"words": "Kuka päättää läsnäolosta?", "language": "fi"}
    )
    host.post(f"/questions/{asked.json['id']}/show")
    assert kaisa.put(f"/questions/{asked.json['id']}/upvote").status_code == 204
    assert rows(session_of, Upvote) == [1] and keys_of("townhall").is_alive(file_of(avi, open_hall))
    hear("townhall", RunCompleted(run_id=run_id))
    assert rows(session_of, Upvote) == [0] and not keys_of("townhall").is_alive(file_of(avi, open_hall))
    assert host.get(open_hall).json["questions"][0]["upvotes"] == 1
    assert kaisa.get(open_hall).status_code == 200
