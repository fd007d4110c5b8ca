"""The state of a board: the fold of its operations, in the order that the server gave them.

A board's state is plain data, so that it can be kept beside the log and derived from it again:
{"columns": {column: [card id, ...]}, "cards": {card id: {text, language, column, views, author, visit, marks, ...}}}.
An operation is {"kind", "card", ...}; `reverse_of` says which operation takes it back.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

State = dict[str, Any]
Operation = dict[str, Any]
KINDS = ("add", "edit", "move", "remove", "restore", "merge", "split", "mark", "unmark", "judge")
COMING_BACK = frozenset({"restore", "split"})  # these name the marks that still lie on the card
PERSONAL = frozenset({"mark", "unmark", "judge"})  # nobody's mark stands in the way of another's undo


def empty_board(columns: Iterable[str]) -> State:
    return {"columns": {column: [] for column in columns}, "cards": {}}


def after(state: State, operation: Operation) -> State:
    """The state with one more operation."""
    state = deepcopy(state)
    DOING[operation["kind"]](state, operation)
    return state


def derived(columns: Iterable[str], operations: Iterable[Operation]) -> State:
    """The state from the log alone."""
    state = empty_board(columns)
    for operation in operations:
        DOING[operation["kind"]](state, operation)
    return state


def _add(state: State, operation: Operation) -> None:
    given = ("text", "language", "column", "views", "visit")
    card = {name: operation.get(name) for name in given}
    card |= {"author": operation["who"], "marks": [], "judgements": {}, "into": None, "is_removed": False}
    state["cards"][operation["card"]] = card
    _lay(state, operation["card"], operation["column"], operation.get("at"))


def _edit(state: State, operation: Operation) -> None:
    state["cards"][operation["card"]]["text"] = operation["text"]


def _move(state: State, operation: Operation) -> None:
    _lift(state, operation["card"])
    _lay(state, operation["card"], operation["column"], operation["at"])


def _remove(state: State, operation: Operation) -> None:
    _lift(state, operation["card"])
    state["cards"][operation["card"]]["is_removed"] = True


def _restore(state: State, operation: Operation) -> None:
    card = state["cards"][operation["card"]]
    card["is_removed"] = False
    card["marks"] = list(operation.get("marks", card["marks"]))
    _lay(state, operation["card"], card["column"], operation["at"])


def _merge(state: State, operation: Operation) -> None:
    _lift(state, operation["card"])
    state["cards"][operation["card"]]["into"] = operation["into"]


def _split(state: State, operation: Operation) -> None:
    card = state["cards"][operation["card"]]
    card["into"] = None
    card["marks"] = list(operation.get("marks", card["marks"]))
    _lay(state, operation["card"], card["column"], operation["at"])


def _mark(state: State, operation: Operation) -> None:
    state["cards"][operation["card"]]["marks"].append(operation["who"])


def _unmark(state: State, operation: Operation) -> None:
    state["cards"][operation["card"]]["marks"].remove(operation["who"])


def _judge(state: State, operation: Operation) -> None:
    judgements = state["cards"][operation["card"]]["judgements"]
    if operation["effect"] is None:
        judgements.pop(operation["who"], None)
    else:
        judgements[operation["who"]] = [operation["effect"], operation["effort"]]


DOING: dict[str, Callable[[State, Operation], None]] = {
    "add": _add,
    "edit": _edit,
    "move": _move,
    "remove": _remove,
    "restore": _restore,
    "merge": _merge,
    "split": _split,
    "mark": _mark,
    "unmark": _unmark,
    "judge": _judge,
}


def place_of(state: State, card: str) -> int:
    return state["columns"][state["cards"][card]["column"]].index(card)


def _lift(state: State, card: str) -> None:
    state["columns"][state["cards"][card]["column"]].remove(card)


def _lay(state: State, card: str, column: str, at: int | None) -> None:
    order = state["columns"][column]
    order.insert(len(order) if at is None else min(at, len(order)), card)
    state["cards"][card]["column"] = column


def reverse_of(state: State, operation: Operation) -> Operation:
    """The operation that takes this one back; `state` is the board before it was done."""
    card, who = operation["card"], operation["who"]
    return {"card": card, "who": who} | REVERSING[operation["kind"]](state, operation)


def _back_to_place(state: State, operation: Operation) -> Operation:
    before = state["cards"][operation["card"]]
    return {"kind": "move", "column": before["column"], "at": place_of(state, operation["card"])}


def _former_judgement(state: State, operation: Operation) -> Operation:
    before = state["cards"][operation["card"]]["judgements"].get(operation["who"], [None, None])
    return {"kind": "judge", "effect": before[0], "effort": before[1]}


REVERSING: dict[str, Callable[[State, Operation], Operation]] = {
    "add": lambda state, operation: {"kind": "remove"},
    "edit": lambda state, operation: {"kind": "edit", "text": state["cards"][operation["card"]]["text"]},
    "move": _back_to_place,
    "remove": lambda state, operation: {"kind": "restore", "at": place_of(state, operation["card"])},
    "restore": lambda state, operation: {"kind": "remove"},
    "merge": lambda state, operation: {"kind": "split", "at": place_of(state, operation["card"])},
    "split": lambda state, operation: {"kind": "merge", "into": state["cards"][operation["card"]]["into"]},
    "mark": lambda state, operation: {"kind": "unmark"},
    "unmark": lambda state, operation: {"kind": "mark"},
    "judge": _former_judgement,
}


def without_names(operations: Iterable[Operation]) -> list[Operation]:
    """Returns the log without who wrote, marked or judged, for when nobody may know any more.

    A judgement keeps a number that is its own on each card, because a later one replaces an earlier one.
    """
    aliases: dict[tuple[str, str], str] = {}
    return [_without_names(operation, aliases) for operation in operations]


def _without_names(operation: Operation, aliases: dict[tuple[str, str], str]) -> Operation:
    marks = {"marks": [None] * len(operation["marks"])} if "marks" in operation else {}
    return operation | {"who": _alias(operation, aliases), "visit": None} | marks


def _alias(operation: Operation, aliases: dict[tuple[str, str], str]) -> str | None:
    if operation["kind"] != "judge":
        return None
    return aliases.setdefault((operation["card"], operation["who"]), str(len(aliases)))


def views_behind(state: State, cards: Iterable[str]) -> list[str]:
    """The views that these cards rest on, with those of the cards joined to them."""
    chosen = set(cards)
    joined = {id for id, card in state["cards"].items() if card["into"] in chosen}
    found = [view for id in sorted(chosen | joined) for view in state["cards"][id]["views"] or ()]
    return list(dict.fromkeys(found))
