"""The house in pieces, as it runs behind its gateway: what is seen from outside, and what a kill costs."""

import json
import os
import re
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest

from infra.demo.walker import kickoff, opening
from infra.demo.walker.pack import Pack, read_pack
from infra.demo.walker.visitor import OnThisMachine
from infra.demo.walker.walk import Client, Road
from infra.distributed.addresses import PIECES, service_urls
from infra.gateway.process import nginx
from infra.processes.process import page_answers
from infra.rooms import with_room
from shared.settings import SERVICES
from tests.installed import installed
from tests.story.reckoning import settled
from tests.story.report import Report

PACK = Path(__file__).parents[1] / "packs" / "hybrid-work"
pytestmark = pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx")


class House:
    """A running one, with the way out."""

    def __init__(self, home: Path) -> None:
        self.home, self.open = home, ExitStack()
        self.polku = self.open.enter_context(installed(home, "empty", pieces=True))

    @property
    def said(self) -> str:
        return (self.home / "launcher.out").read_text()

    def pid_of(self, piece: str) -> int:
        return json.loads((self.home / "run" / f"{piece}.json").read_text())[0]

    def kill(self, piece: str) -> None:
        os.kill(self.pid_of(piece), signal.SIGKILL)

    def answers(self, piece: str) -> bool:
        return page_answers(self.polku.ports["PIECES"] + PIECES.index(piece), "/readyz")()

    def leave(self) -> None:
        self.open.close()


@pytest.fixture(scope="module")
def house():
    """Not below pytest's folder, which every run of the same user locks anew against PostgreSQL's own user."""
    with TemporaryDirectory(prefix="polku-pieces-") as home, pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_ROAD", "postgres")  # so that it needs nginx alone
        house = House(Path(home))
        yield house
        house.leave()


@pytest.fixture(scope="module")
def outside(house):
    """Somebody on the internet who knows the address of the console."""
    with httpx.Client(base_url=house.polku.console, transport=OnThisMachine()) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def road(house) -> Road:
    """A run of a few people."""
    whole = read_pack(PACK)
    few = Pack(whole.name, whole.comments[:2], {})
    road = opening.open_client(
        house.polku, few, Client("paloina", "Palavirasto"), Report(), lambda said: None
    )
    opening.agree_on_the_plan(road)
    return road


@pytest.mark.whole
def test_every_service_runs_on_its_own(house):
    assert set(PIECES) == {f"{name}-web" for name in SERVICES} | {
        f"{name}-worker" for name in with_room("listeners")
    }
    assert all(psutil.pid_exists(house.pid_of(piece)) for piece in PIECES)


@pytest.mark.whole
def test_every_answer_has_an_id_that_nobody_else_chose(outside):
    answers = [outside.get("/sign-in", headers={"X-Request-ID": "mine"}) for _ in range(2)]
    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == 2 and all(re.fullmatch("[0-9a-f]{32}", id) for id in ids)


@pytest.mark.whole
def test_a_lie_about_where_one_comes_from_is_not_believed(outside):
    answer = outside.get(
        "/sign-in", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    )
    assert "evil.example" not in answer.headers["Location"]


@pytest.mark.whole
def test_streams_come_through_the_gateway_from_the_pages_own_origin(house, road):
    nothing = f"{house.polku.console}/live/townhall/00000000-0000-4000-8000-000000000000"
    refused = road.facilitator.http.get(nothing, headers={"Origin": house.polku.console})
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Access-Control-Allow-Origin"] == house.polku.console
    from_elsewhere = road.facilitator.http.get(nothing, headers={"Origin": "https://evil.example"})
    assert from_elsewhere.status_code == 403


@pytest.mark.whole
def test_two_killed_pieces_come_back_and_nothing_is_lost(house, road):
    killed = ("process-web", "townhall-worker")
    before = {piece: house.pid_of(piece) for piece in killed}
    for piece in killed:
        house.kill(piece)
    until(lambda: all(f"{piece} stopped by itself" in house.said for piece in killed))
    until(lambda: all(house.answers(piece) for piece in killed))
    assert all(house.pid_of(piece) != before[piece] for piece in killed)

    road.move_on_to("kickoff")
    road.eventually(
        lambda: kickoff.hosted(road, "kickoff").forms("hall-time"), "Townhall never heard of the run."
    )
    counts = road.eventually(lambda: settled(road), "Events are still on their way.")
    assert counts["told"] == counts["handled"] > 0
    assert counts["dead"] == counts["parked"] == counts["unsent"] == 0


@pytest.mark.whole
def test_a_live_page_gets_its_picture_at_once(road):
    """Were the gateway to gather what it passes on, nothing would come before the stream ends."""
    visitor = road.participants[0].visitor
    (address,) = visitor.open(road.own("kickoff")).all("//*[@data-stream]/@data-stream")
    assert address.startswith("/live/townhall/")
    with visitor.http.stream("GET", road.site + address) as stream:
        assert next(line for line in stream.iter_lines() if line.startswith("data: {"))


@pytest.mark.whole
def test_it_stops_in_order_and_leaves_nobody_behind(house):
    running = [house.pid_of(piece) for piece in PIECES]
    house.leave()
    assert "Stopped. All data are kept." in house.said and "Traceback" not in house.said
    assert not [pid for pid in running if psutil.pid_exists(pid)]
    assert not list((house.home / "run").glob("*.json"))


def until(true, patience: float = 60.0) -> None:
    pause = threading.Event()
    for _ in range(int(patience / 0.1)):
        if true():
            return
        pause.wait(0.1)
    raise AssertionError("It did not happen in time.")


def test_the_portal_is_told_where_each_service_is():
    assert set(service_urls()) == {f"POLKU_{name.upper()}_URL" for name in with_room("app")}
