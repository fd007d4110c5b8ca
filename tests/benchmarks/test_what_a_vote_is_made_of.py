"""What a vote spends its CPU on in one process with no server around it; what SQLAlchemy asks for each piece stands beside a bare psycopg.
Milliseconds of CPU of this process, the best of some rounds."""

import re
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace
from sqlalchemy.orm import Session

from services.voting.ballots import AS_IT_STANDS
from shared.database import engine_of, sessions_of
from shared.tenancy.sessions import acting_for
from shared.web import direct
from shared.web.limits import Pace
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.portal.browser import Browser
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
from tests.portal.test_what_a_page_asks import ANSWERS, Journey
from tests.portal.test_what_a_page_asks import journey as journey
from tests.portal.test_what_a_page_asks import kaisa as kaisa

ROUNDS, TIMES, MANY = 6, 100, 10
Act = Callable[[], Any]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """She answers faster than a person may."""
    monkeypatch.setattr(Pace, "take", lambda *asked: None)


@pytest.fixture
def vote(journey, kaisa: Browser) -> Act:
    journey.move_to("views")
    journey.share_views()
    journey.move_to("priorities")
    batch = kaisa.post(f"/runs/{journey.id}/reading", {"act": "begin"}).headers["Location"]
    (view, *_), answers = re.findall(r"answer-([0-9a-f-]{36})", kaisa.get(batch).text), cycle(ANSWERS)
    return lambda: kaisa.post(f"{batch}/{view}", {"answer": next(answers)})


def spent(act: Act) -> float:
    def one_round() -> float:
        began = time.process_time()
        for _ in range(TIMES):
            act()
        return (time.process_time() - began) / TIMES * 1000

    return min([one_round() for _ in range(ROUNDS + 1)][1:])


def test_a_vote_and_its_calls(vote: Act, ratio) -> None:
    whole, (who, answer) = spent(vote), calls_of(vote)
    answers = cycle(ANSWERS)
    known, answered = spent(lambda: who({})), spent(lambda: answer({"answer": next(answers)}))
    told = f"{whole:.2f} ms; who is there {known:.2f}, the answer {answered:.2f}, the portal's own {whole - known - answered:.2f}"
    ratio("a vote in its process / its two direct calls", whole / (known + answered), "<= 2", told)


def calls_of(vote: Act) -> list[Callable[[dict[str, str]], Any]]:
    """The direct calls of a vote, each to be made again with other words."""
    with patch.object(direct, "call", wraps=direct.call) as call:
        vote()

    def again(made: Any) -> Callable[[dict[str, str]], Any]:
        app, name, arguments, caller = made.args

        def do(changed: dict[str, str]) -> Any:
            given = {"given": replace(arguments["given"], **changed)} if changed else {}
            return direct.call(app, name, arguments | given, caller, **made.kwargs)

        return do

    return [again(made) for made in call.call_args_list]


def test_what_sqlalchemy_asks_beside_psycopg(journey: Journey, ratio) -> None:
    def one(act: Callable[[Session], Any]) -> Act:
        def do() -> None:
            with acting_for(journey.house.id), sessions_of("voting").begin() as session:
                act(session)

        return do

    ballot = lambda session: session.connection().execute(AS_IT_STANDS, {"run": journey.id}).one()  # noqa: E731
    begun = spent(one(lambda session: session.connection()))
    each = (spent(one(lambda session: [ballot(session) for _ in range(MANY)])) - begun) / MANY
    bare_begun, bare_each = bare(str(AS_IT_STANDS.compile(engine_of("voting"))), {"run": journey.id}, journey)
    ratio(
        "begin and commit for a tenant / psycopg's",
        begun / bare_begun,
        "<= 8",
        f"{begun:.3f} ms of {bare_begun:.3f}",
    )
    ratio(
        "a prepared Core statement / psycopg's", each / bare_each, "<= 5", f"{each:.3f} ms of {bare_each:.3f}"
    )


def bare(statement: str, asked: dict[str, Any], journey: Journey) -> tuple[float, float]:
    """The same by psycopg: begin and commit, and one statement."""
    with engine_of("voting").connect() as connection:
        line: Any = connection.connection.dbapi_connection
        connection.rollback()
        line.autocommit = True
        begin = f"BEGIN; SET LOCAL app.tenant = '{journey.house.id}'"
        begun = spent(lambda: (line.execute(begin), line.execute("COMMIT")))
        line.execute(begin)
        each = spent(lambda: line.execute(statement, asked).fetchone())
        line.execute("COMMIT")
    return begun, each
