"""Walks from a press to the noun: which files somebody opens to understand one thing, and how long they are.

A walk names the functions that act in it, in order. What every command shares is not in it (docs/architecture.md says it once): the door, the
call, the act, and names that say what they do. `python -m tests.architecture.walks` prints the table of that page.
"""

import ast
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
AREAS, NOTIFICATION = "services/portal/areas", "services/notification/webhooks"
MOST_FILES, MOST_ON_THE_PATH, MOST_TO_OPEN = 6, 200, 700
WALKS: dict[str, dict[str, str]] = {
    "cast a vote": {
        f"{AREAS}/reading/templates/cards.html": "",
        f"{AREAS}/reading/employee_answers.py": "send keep_answers answer_to go_on",
        "shared/contracts/api/voting.py": "AnswerToView Answers Progress Voting.answer",
        "services/voting/api/answering.py": "reader_of answer",
        "services/voting/hands.py": "held _held _opened",
        "services/voting/models/hand.py": "Hand.open Hand.answer Hand._cards Hand._say Hand._keep",
    },
    "share a view": {
        f"{AREAS}/views/templates/write.html": "",
        f"{AREAS}/views/employee.py": "send typed",
        "shared/contracts/api/survey.py": "Words Giving Given Survey.give",
        "services/survey/api/giving.py": "give",
        "services/survey/giving.py": "give sent_with",
        "services/survey/authors.py": "writing _locked",
    },
    "move a card": {
        f"{AREAS}/workshops/templates/board_fragment.html": "",
        f"{AREAS}/workshops/employee_board.py": "act on_a_card answered",
        "shared/contracts/api/workshop.py": "Act Acted Boards.act",
        "services/workshop/api/board_acts.py": "act acted",
        "services/workshop/models/board.py": "Board.do Board._must_allow Board._append Board.show",
        "services/workshop/models/card_rules.py": "HasCards._must_stand HasCards._check_standing HasCards._check_move",
    },
    "sign in: to the provider": {
        f"{AREAS}/sign_in/employee.py": "enter send_off",
        f"{AREAS}/sign_in/on_the_way.py": "name_for begin",
        "shared/contracts/api/identity.py": "SignInWish SignInBegun Identity.begin",
        "services/identity/sign_in/api/sign_in.py": "begin chosen",
        "services/identity/sign_in/models/sign_in.py": "SignIn.begin",
        "services/identity/sign_in/oidc.py": "address_to_sign_in protocol",
    },
    "sign in: and back": {
        f"{AREAS}/sign_in/employee.py": "arrive said_in",
        "shared/contracts/api/identity.py": "SignInAnswer SessionOpened Identity.finish",
        "services/identity/sign_in/api/sign_in.py": "finish let_in finished came_from_where_we_sent what_was_begun",
        "services/identity/sign_in/models/sign_in.py": "SignIn.take",
        "services/identity/sign_in/oidc.py": "from_whom_we_asked claims_for exchange protocol Guarded.post",
        "services/identity/sign_in/verifying.py": "verified signed decoded is_for_us",
    },
    "launch the workbook": {
        f"{AREAS}/workbook/templates/editions.html": "",
        f"{AREAS}/workbook/editions.py": "launch plan open_now at_a_minute",
        "shared/contracts/api/publishing.py": "LaunchToPlan Launch Publishing.plan_launch",
        "services/publishing/api/launches.py": "plan_launch",
        "services/publishing/models/launch.py": "to_come Launch.plan Launch.open Launch._tell_that_it_is_open",
    },
    "deliver a webhook": {
        f"{NOTIFICATION}/models/delivery.py": "Delivery.pass_on Delivery.next_of Delivery.was_tried",
        f"{NOTIFICATION}/delivery.py": "deliver take next_request send mark let_go next_moment",
        f"{NOTIFICATION}/models/webhook.py": "Webhook.take Webhook.secrets Webhook.may_be_called Webhook.answered Webhook._works Webhook._fails",
        f"{NOTIFICATION}/signing.py": "signed_headers _signature",
        f"{NOTIFICATION}/http_client.py": "call post",
    },
}


class Measured(NamedTuple):
    """A walk in numbers: files, lines on the path, lines of these files in all."""

    files: int
    on_the_path: int
    to_open: int


def measured(walk: str) -> Measured:
    files = WALKS[walk]
    on_the_path = sum(lines_of(path, name) for path, names in files.items() for name in names.split())
    return Measured(len(files), on_the_path, sum(len(text_of(path).splitlines()) for path in files))


def lines_of(path: str, name: str) -> int:
    """Returns the length of a function or class, with its decorators; raises StopIteration where it is not there any more."""
    node: ast.AST = ast.parse(text_of(path))
    for part in name.split("."):
        node = next(one for one in getattr(node, "body", []) if getattr(one, "name", None) == part)
    start = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return node.end_lineno - start + 1


def text_of(path: str) -> str:
    return (ROOT / path).read_text()


def table() -> str:
    """Returns the table of docs/architecture.md."""
    rows = [(walk, *measured(walk), files_of(walk)) for walk in WALKS]
    head = "| to understand | files | lines on the path | lines to open | files, in the order of the walk |\n|---|---|---|---|---|"
    return "\n".join([head, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def files_of(walk: str) -> str:
    return " ".join(f"`{short(path)}`" for path in WALKS[walk])


def short(path: str) -> str:
    return path.removeprefix("services/portal/areas/").removeprefix("services/").removeprefix("shared/")


if __name__ == "__main__":
    print(table())
