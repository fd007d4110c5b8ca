"""The services as processes of their own, as it runs behind its gateway: what is seen from outside, and what a kill costs."""

import json
import os
import re
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psutil
import pytest

from infra.demo.walker import kickoff, opening
from infra.demo.walker.journey import Client, Journey
from infra.demo.walker.pack import Pack, read_pack
from infra.demo.walker.visitor import OnThisMachine
from infra.distributed.addresses import PROCESSES, service_urls
from infra.gateway.process import nginx
from infra.processes.process import page_answers
from infra.rooms import with_room
from shared.settings import SERVICES
from tests.installed import installed
from tests.story.reckoning import settled
from tests.story.report import Report

PACK = Path(__file__).parents[1] / "packs" / "hybrid-work"
pytestmark = pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx")


class Distributed:
    """A running one, with the way out."""

    def __init__(self, home: Path) -> None:
        self.home, self.open = home, ExitStack()
        self.installation = self.open.enter_context(installed(home, "empty", distributed=True))

    @property
    def said(self) -> str:
        return (self.home / "launcher.out").read_text()

    def pid_of(self, process: str) -> int:
        return json.loads((self.home / "run" / f"{process}.json").read_text())[0]

    def kill(self, process: str) -> None:
        os.kill(self.pid_of(process), signal.SIGKILL)

    def answers(self, process: str) -> bool:
        return page_answers(self.installation.ports["DISTRIBUTED"] + PROCESSES.index(process), "/readyz")()

    def leave(self) -> None:
        self.open.close()


@pytest.fixture(scope="module")
def polku():
    """Not below pytest's folder, which every run of the same user locks anew against PostgreSQL's own user."""
    with TemporaryDirectory(prefix="polku-processes-") as home, pytest.MonkeyPatch.context() as settings:
        settings.setenv("POLKU_TRANSPORT", "postgres")  # so that it needs nginx alone
        polku = Distributed(Path(home))
        yield polku
        polku.leave()


@pytest.fixture(scope="module")
def outside(polku):
    """Somebody on the internet who knows the address of the console."""
    with httpx2.Client(base_url=polku.installation.console, transport=OnThisMachine()) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def journey(polku) -> Journey:
    """A run of a few people."""
    whole = read_pack(PACK)
    few = Pack(whole.name, whole.comments[:2], {})
    journey = opening.open_client(
        polku.installation, few, Client("paloina", "Palavirasto"), Report(), lambda said: None
    )
    opening.agree_on_the_plan(journey)
    return journey


@pytest.mark.whole
def test_every_service_runs_on_its_own(polku):
    assert set(PROCESSES) == {f"{name}-web" for name in SERVICES} | {
        f"{name}-worker" for name in with_room("listeners")
    }
    assert all(psutil.pid_exists(polku.pid_of(process)) for process in PROCESSES)


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
def test_streams_come_through_the_gateway_from_the_pages_own_origin(polku, journey):
    nothing = f"{polku.installation.console}/live/townhall/00000000-0000-4000-8000-000000000000"
    refused = journey.facilitator.http.get(nothing, headers={"Origin": polku.installation.console})
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Access-Control-Allow-Origin"] == polku.installation.console
    from_elsewhere = journey.facilitator.http.get(nothing, headers={"Origin": "https://evil.example"})
    assert from_elsewhere.status_code == 403


@pytest.mark.whole
def test_two_killed_processes_come_back_and_nothing_is_lost(polku, journey):
    killed = ("process-web", "townhall-worker")
    before = {process: polku.pid_of(process) for process in killed}
    for process in killed:
        polku.kill(process)
    until(lambda: all(f"{process} stopped by itself" in polku.said for process in killed))
    until(lambda: all(polku.answers(process) for process in killed))
    assert all(polku.pid_of(process) != before[process] for process in killed)

    journey.move_on_to("kickoff")
    journey.eventually(
        lambda: kickoff.hosted(journey, "kickoff").forms("hall-time"), "Townhall never heard of the run."
    )
    counts = journey.eventually(lambda: settled(journey), "Events are still on their way.")
    assert counts["told"] == counts["handled"] > 0
    assert counts["dead"] == counts["parked"] == counts["unsent"] == 0


@pytest.mark.whole
def test_a_live_page_gets_its_picture_at_once(journey):
    """Were the gateway to gather what it passes on, nothing would come before the stream ends."""
    visitor = journey.participants[0].visitor
    (address,) = visitor.open(journey.own("kickoff")).all("//*[@data-stream]/@data-stream")
    assert address.startswith("/live/townhall/")
    with visitor.http.stream("GET", journey.site + address) as stream:
        assert next(line for line in stream.iter_lines() if line.startswith("data: {"))


@pytest.mark.whole
def test_it_stops_in_order_and_leaves_nobody_behind(polku):
    running = [polku.pid_of(process) for process in PROCESSES]
    polku.leave()
    assert "Stopped. All data are kept." in polku.said and "Traceback" not in polku.said
    assert not [pid for pid in running if psutil.pid_exists(pid)]
    assert not list((polku.home / "run").glob("*.json"))


def until(true, patience: float = 60.0) -> None:
    pause = threading.Event()
    for _ in range(int(patience / 0.1)):
        if true():
            return
        pause.wait(0.1)
    raise AssertionError("It did not happen in time.")


def test_the_portal_is_told_where_each_service_is():
    assert set(service_urls()) == {f"POLKU_{name.upper()}_URL" for name in with_room("app")}
