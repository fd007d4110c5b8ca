"""The board as the fold of its log: any act can be taken back, and the log alone gives the board."""

import random

import pytest

from services.workshop.board_state import after, derived, empty_board, reverse_of, views_behind, without_names

COLUMNS = ("ideas", "what_it_takes")
PEOPLE = ("kaisa", "matti", "liisa")


def card(name: str, who: str = "kaisa", column: str = "ideas", **more) -> dict:
    return {"kind": "add", "card": name, "who": who, "text": name, "language": "fi", "column": column} | more


def board(*operations: dict) -> dict:
    return derived(COLUMNS, operations)


def some_act(state: dict, chance: random.Random, number: int) -> dict:
    """Any act that the board allows now."""
    who, standing = chance.choice(PEOPLE), [name for order in state["columns"].values() for name in order]
    if len(standing) < 2 or chance.random() < 0.3:
        return card(f"card {number}", who, chance.choice(COLUMNS))
    name, other = chance.sample(standing, 2)
    acts = [
        {"kind": "edit", "text": f"words {number}"},
        {"kind": "move", "column": chance.choice(COLUMNS), "at": chance.randrange(3)},
        {"kind": "remove"},
        {"kind": "merge", "into": other},
        {"kind": "judge", "effect": chance.randint(1, 5), "effort": chance.randint(1, 5)},
        {"kind": "unmark" if who in state["cards"][name]["marks"] else "mark"},
    ]
    return {"card": name, "who": who} | chance.choice(acts)


def a_long_log(seed: int) -> tuple[dict, list[dict]]:
    chance, state, log = random.Random(seed), empty_board(COLUMNS), []
    for number in range(120):
        log.append(some_act(state, chance, number))
        state = after(state, log[-1])
    return state, log


@pytest.mark.parametrize("seed", range(12))
def test_every_act_can_be_taken_back_exactly(seed):
    chance, state = random.Random(seed), empty_board(COLUMNS)
    for number in range(120):
        act = some_act(state, chance, number)
        done = after(state, act)
        undone = after(done, reverse_of(state, act))
        assert without_order_of_marks(undone, act) == without_order_of_marks(state, act)
        state = done


def without_order_of_marks(state: dict, act: dict) -> dict:
    """An added card stays in the log as removed, and whoever marks again comes last; neither shows on the board."""
    cards = {name: one | {"marks": sorted(one["marks"])} for name, one in state["cards"].items()}
    if act["kind"] == "add":
        cards.pop(act["card"], None)
    return {"columns": state["columns"], "cards": cards}


@pytest.mark.parametrize("seed", range(12))
def test_the_log_alone_gives_the_board(seed):
    state, log = a_long_log(seed)
    assert derived(COLUMNS, log) == state


@pytest.mark.parametrize("seed", range(6))
def test_without_names_the_board_says_the_same(seed):
    state, log = a_long_log(seed)
    nameless = derived(COLUMNS, without_names(log))
    assert nameless["columns"] == state["columns"]
    for name, before in state["cards"].items():
        now = nameless["cards"][name]
        assert (now["text"], len(now["marks"])) == (before["text"], len(before["marks"]))
        assert sorted(now["judgements"].values()) == sorted(before["judgements"].values())
    assert not any(person in str(nameless) for person in PEOPLE)


def test_a_joined_card_brings_its_views():
    state = board(
        card("short", views=["a"]), card("shorter", views=["b", "a"]), card("other", views=["c"]),
        {"kind": "merge", "card": "shorter", "into": "short", "who": "matti"},
    )  # fmt: skip
    assert views_behind(state, ["short"]) == ["a", "b"]


def test_the_state_before_stays_as_it_was():
    before = board(card("short"))
    after(before, {"kind": "edit", "card": "short", "who": "kaisa", "text": "long"})
    assert before["cards"]["short"]["text"] == "short"
