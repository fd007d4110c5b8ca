"""`make bench-pages`, or `python -m tests.benchmarks.pages [--home FOLDER] [--only PATH ...]`: what a vote, a view and each page cost beside
their floors, as a table in Markdown. docs/performance.md says how it is measured; nothing here asserts a speed.
"""

import argparse
import os
import platform as machine
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import psutil

from infra.demo.installation import Installation
from tests.benchmarks import cpu, crowd, floor
from tests.benchmarks.crowd import BATCHES, FEW, LAUNCHED, MANY, READING, WRITING, Crowd
from tests.benchmarks.load import Answered, Asked, Load
from tests.benchmarks.table import Goal, Row, Sample, in_markdown
from tests.installed import ROOT, free_ports, installed
from tests.portal.test_what_a_page_asks import EXPECTED

ROUNDS, SECONDS, FLOOR_SECONDS, IDLE_SECONDS = 5, 4.0, 2.0, 30.0
MOST = 4_000  # requests of one round
ANSWERS = ("agree", "pass", "disagree")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Measured(NamedTuple):
    """A path, what it is held against, and its goals."""

    name: str
    asked: Callable[[], Asked]  # the next requests
    floor: str = "vote"
    goals: tuple[Goal, ...] = ()
    at: str = "WEB"


def cpu_of(most: float) -> tuple[Goal, ...]:
    return (Goal("CPU", "<=", most),)


class Bench:
    """An installation with its crowds, the floor beside it, and the process that sends."""

    def __init__(
        self, polku: Installation, crowds: dict[str, Crowd], load: Load, floor_port: int, beside: cpu.Family
    ) -> None:
        self.polku, self.crowds, self.load = polku, crowds, load
        self.ports = polku.ports | {"FLOOR": floor_port}
        self.ours, self.beside = cpu.platform(polku.home), beside
        self.sent: dict[str, int] = {}
        self.floors = {"vote": self.floor_of_a_vote, "share": self.floor_of_a_view}

    def host(self, of: Crowd) -> str:
        return self.polku.site(of.slug).removeprefix("http://")

    # what is asked

    def paths(self) -> list[Measured]:
        reading, launched = self.crowds[READING.slug], self.crowds[LAUNCHED.slug]
        run, done = f"/runs/{reading.run}", f"/runs/{launched.run}"
        everybody, walkers = [one.cookie for one in reading.readers], [one.cookie for one in launched.walkers]
        boards = [(one.cookie, one.board) for one in launched.walkers if one.board]
        teams = [(one.cookie, one.team) for one in launched.walkers if one.team]
        of = lambda path: [(cookie, run + path) for cookie in everybody]  # noqa: E731
        ended = lambda path: [(cookie, done + path) for cookie in walkers]  # noqa: E731
        vote = (Goal("rate", ">=", 0.35), Goal("CPU", "<=", 3), Goal("p99", "<=", 4))
        share = (Goal("rate", ">=", 0.2), Goal("CPU", "<=", 5.5))
        page = lambda who, whom: lambda: self.pages(who, whom)  # noqa: E731
        return [
            Measured("vote", self.votes, goals=vote),
            Measured("voting alone, with a token", self.votes_by_token, goals=(Goal("rate", ">=", 0.45),)),
            Measured("share a view", self.views, "share", share),
            Measured("next batch", self.deals),
            Measured("home", page(reading, [(cookie, "/home") for cookie in everybody]), goals=cpu_of(7)),
            Measured("reading", page(reading, of("/reading")), goals=cpu_of(7)),
            Measured("five cards", page(reading, of("/reading/1")), goals=cpu_of(7)),
            Measured("views", page(reading, of("/views")), goals=cpu_of(7)),
            Measured("plan", page(reading, of("/plan")), goals=cpu_of(7)),
            Measured("my thread", page(launched, ended("/threads"))),
            Measured("results", page(launched, ended("/results")), goals=cpu_of(10)),
            Measured("board", page(launched, boards), goals=cpu_of(10)),
            Measured("workbook", page(launched, ended("/workbook")), goals=cpu_of(10)),
            Measured("ground rules", page(launched, teams), goals=cpu_of(10)),
        ]

    def pages(self, of: Crowd, asked: list[tuple[str, str]]) -> Asked:
        requests = [get(self.host(of), path, cookie) for cookie, path in asked]
        return Asked(requests * (MOST // len(requests)), proof=b"text/html")

    def votes(self) -> Asked:
        """Each changes an answer: everybody's cards in turn, with another answer each time round."""
        of = self.crowds[READING.slug]
        ask = lambda who, batch, view, answer: post(  # noqa: E731
            self.host(of), f"/runs/{of.run}/reading/{batch}/{view}", who.cookie, {"answer": answer}
        )
        return Asked([ask(*vote) for vote in self.next_votes(of)], proof=b'"answered"')

    def votes_by_token(self) -> Asked:
        of = self.crowds[READING.slug]
        tokens = {who.pseudonym: of.token(who) for who in of.readers}
        requests = []
        for who, _, view, answer in self.next_votes(of):
            head = {"Authorization": f"Bearer {tokens[who.pseudonym]}", "Content-Type": JSON}
            path = f"/api/voting/runs/{of.run}/answers/{view}"
            requests.append(
                request("PUT", self.host(of), path, head, msgspec.json.encode({"answer": answer}))
            )
        return Asked(requests, proof=b'"answered"')

    def next_votes(self, of: Crowd) -> Iterator[tuple[crowd.Reader, int, UUID, str]]:
        cards, begun = list(of.cards()), self.sent.get("vote", 0)
        for number in range(begun, begun + MOST):
            yield *cards[number % len(cards)], ANSWERS[number // len(cards) % len(ANSWERS)]

    def views(self) -> Asked:
        of, requests = self.crowds[WRITING.slug], []
        for number in self.next("share a view"):
            words = f"Sovitaan tiimissä, milloin olemme yhdessä paikalla ja mihin aikaan saa tehdä rauhassa työtä ({number})."
            form = {"text": words, "language": "fi", "receipt": secrets.token_urlsafe(24), "act": "send"}
            path = f"/runs/{of.run}/views/{of.themes[number % len(of.themes)]}"
            requests.append(post(self.host(of), path, of.readers[number % len(of.readers)].cookie, form))
        return Asked(requests, 303, b"/thanks")

    def deals(self) -> Asked:
        of, requests = self.crowds[READING.slug], []
        for number in self.next("next batch"):
            after = BATCHES + number // len(of.readers)
            path = f"/runs/{of.run}/reading/{after}"
            requests.append(
                post(self.host(of), path, of.readers[number % len(of.readers)].cookie, {"act": "next"})
            )
        return Asked(requests, 303, b"/reading/")

    def next(self, name: str) -> range:
        begun = self.sent.get(name, 0)
        return range(begun, begun + MOST)

    def deal_the_first(self) -> None:
        """So many batches to everybody, before anything is measured."""
        of = self.crowds[READING.slug]
        if any(True for _ in of.cards()):
            return
        for after in range(BATCHES):
            path, act = (
                f"/runs/{of.run}/reading" + (f"/{after}" if after else ""),
                "next" if after else "begin",
            )
            asked = [post(self.host(of), path, who.cookie, {"act": act}) for who in of.readers]
            must_be_right(
                "the first cards", self.load.send(self.ports["WEB"], Asked(asked, 303, b"/reading/"))
            )

    # the floors

    def floor_of_a_vote(self) -> Asked:
        said = [
            {"usr": nr % 64, "idea": nr // 64 % 20, "answer": nr // 1280 % 3 - 1}
            for nr in self.next("floor of a vote")
        ]
        return Asked([in_json("/vote", one) for one in said], proof=b"true")

    def floor_of_a_view(self) -> Asked:
        said = [{"usr": nr % 64, "theme": nr % 4, "words": "Sovitaan tiimissä. " * 5} for nr in range(MOST)]
        return Asked([in_json("/share", one) for one in said], proof=b"true")

    # measuring

    def measure(self, path: Measured, rounds: int) -> Row:
        """Ours and the floor in turn; once before, which is not counted."""
        ours, floors = [], []
        for nr in range(rounds + 1):
            sides = [
                lambda: ours.append(self.ask(path, SECONDS)),
                lambda: floors.append(self.ask_the_floor(path.floor)),
            ]
            for side in sides[:: 1 if nr % 2 else -1]:
                side()
        return Row(path.name, Sample.of(ours[1:]), Sample.of(floors[1:]), path.goals, EXPECTED.get(path.name))

    def ask(self, path: Measured, seconds: float) -> Sample:
        before = self.ours.cpu
        answered = self.load.send(self.ports[path.at], path.asked(), seconds)
        return self.sample(path.name, answered, self.ours.cpu - before)

    def ask_the_floor(self, which: str) -> Sample:
        before = self.beside.cpu
        answered = self.load.send(self.ports["FLOOR"], self.floors[which](), FLOOR_SECONDS)
        return self.sample(f"floor of a {which}", answered, self.beside.cpu - before)

    def sample(self, name: str, answered: Answered, used: float) -> Sample:
        must_be_right(name, answered)
        counted = "vote" if name.startswith("voting alone") else name
        self.sent[counted] = self.sent.get(counted, 0) + len(answered.waited)
        return Sample(answered.rate, used / len(answered.waited) * 1000, answered.p99)


def must_be_right(name: str, answered: Answered) -> None:
    """A wrong answer is quick and cheap, and says nothing about ours."""
    if answered.wrong or not answered.waited:
        raise SystemExit(
            f"{name}: {sum(answered.wrong.values())} of {len(answered.waited)} answers were wrong: {answered.wrong.most_common(3)}"
        )


# requests as a browser sends them


def get(host: str, path: str, cookie: str) -> bytes:
    return request("GET", host, path, browser(cookie))


def post(host: str, path: str, cookie: str, form: dict[str, str]) -> bytes:
    head = browser(cookie) | {"Origin": f"http://{host}", "Content-Type": FORM}
    return request("POST", host, path, head, urlencode(form).encode())


def browser(cookie: str) -> dict[str, str]:
    return {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "fi,en;q=0.5",
        "Accept-Encoding": "gzip, deflate, br",
        "Sec-Fetch-Site": "same-origin",
        "Cookie": cookie,
    }


def in_json(path: str, said: dict) -> bytes:
    return request("POST", "127.0.0.1", path, {"Content-Type": JSON}, msgspec.json.encode(said))


def request(method: str, host: str, path: str, head: dict[str, str], body: bytes = b"") -> bytes:
    lines = {"Host": host, **head} | ({"Content-Length": str(len(body))} if method != "GET" else {})
    said = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
    return "\r\n".join(said).encode() + body


# nobody there


def idle(home: Path) -> list[str]:
    """A second start, and what everything uses while nobody asks anything."""
    began = time.perf_counter()
    with installed(home, "empty", handfuls_every="300") as polku:
        ready, parts = time.perf_counter() - began, ("worker", "database", "web", "live")
        families = {name: cpu.process(polku.home, name) for name in parts} | {
            "everything": cpu.platform(polku.home)
        }
        time.sleep(IDLE_SECONDS)  # what is done at the start
        before = {name: family.cpu for name, family in families.items()}
        time.sleep(IDLE_SECONDS)
        share = {name: (family.cpu - before[name]) / IDLE_SECONDS * 100 for name, family in families.items()}
        used = ", ".join(f"{name} {percent:.1f} %" for name, percent in share.items())
        held = families["everything"].memory
    return [
        f"- second start: ready after {ready:.1f} s (goal: 5)",
        f"- idle, of a core: {used} (goal: worker and database 1 % each, everything 2 %)",
        f"- idle memory (PSS): {held:.0f} MB (goal: 500)",
    ]


@contextmanager
def benches(home: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        polku = stack.enter_context(installed(home, "empty"))
        crowds = crowd.found(polku, say)
        port, database = free_ports()["WEB"], crowd.empty_database(polku, "floor")
        process = stack.enter_context(floor.standing(database, port, home / "logs/floor.log"))
        beside = cpu.Family([process.pid, cpu.first_number(home / "postgres/postmaster.pid")])
        bench = Bench(polku, crowds, stack.enter_context(Load()), port, beside)
        bench.deal_the_first()
        yield bench


FLAT = ("vote", "home", "reading", "views", "plan")


def flat(bench: Bench, rows: list[Row], rounds: int) -> Iterator[Row]:
    """The same again among very many views, beside what it cost among few; the floor tells how busy the machine was both times."""
    few = {row.name: row for row in rows}
    with crowd.filled_up(bench.polku, bench.crowds[READING.slug], MANY):
        for path in bench.paths():
            if path.name in FLAT and path.name in few:
                many, before = bench.measure(path, rounds), few[path.name]
                was = before.ours._replace(cpu=before.ours.cpu * many.floor.cpu / before.floor.cpu)
                yield Row(f"{path.name}: {MANY:,} views beside {FEW}", many.ours, was, cpu_of(1.3))


def say(sentence: str) -> None:
    print(sentence, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pages", description=__doc__)
    parser.add_argument(
        "--home", type=Path, help="where the installation is kept for the next time; else it is thrown away"
    )
    parser.add_argument("--only", nargs="*", default=[], help="measure only these paths, and nothing else")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        home = chosen.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="polku-bench-")))
        told(home.absolute(), chosen.only, chosen.rounds)


def told(home: Path, only: list[str], rounds: int) -> None:
    rows: list[Row] = []
    with benches(home) as bench:
        for path in bench.paths():
            if not only or path.name in only:
                rows.append(bench.measure(path, rounds))
                say(in_markdown(rows[-1:]).splitlines()[-1])
        if not only:
            for row in flat(bench, rows, rounds):
                rows.append(row)
                say(in_markdown([row]).splitlines()[-1])
    say(f"\n{here()}\n\n{in_markdown(rows)}")
    if not only:
        say("\n" + "\n".join(idle(home)))


def here() -> str:
    """The machine and the commit."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GB, Linux {machine.release()}, Python {machine.python_version()}; "
        f"load of the machine at the end {load}; commit {commit.stdout.strip() or 'unknown'}; {time.strftime('%Y-%m-%d')}."
    )


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), machine.machine()
    )


if __name__ == "__main__":
    main()
