"""`python -m tests.benchmarks.under_load [--people 1300] [--seconds 120] [--killed] [--home FOLDER]`: many people answer cards at
their own pace, and the books are balanced afterwards; one organisation's storm, and what another notices of it; 32 people who
share views all at once, and the books of these.

With --killed the server and the database are killed in the middle, and people send again what was not answered. Whatever does not
balance ends the run with a sentence; how fast it was is only told.
"""

import argparse
import heapq
import os
import random
import selectors
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import NamedTuple
from uuid import UUID

import msgspec

from infra.demo.installation import Installation
from infra.demo.walker.journey import Client as Organisation
from services.voting import hands
from services.voting.models.card import ANSWERS
from services.voting.models.counting import count_votes, open_all, sums
from services.voting.models.view import View
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.benchmarks import cpu, crowd, submitters
from tests.benchmarks.crowd import FEW, Crowd, Reader
from tests.benchmarks.load import Answered, Asked, Client, Load
from tests.benchmarks.outage import Kept, Person, kill_server_and_database
from tests.benchmarks.pages import here, must_be_right, post, say
from tests.installed import installed

PEOPLE, SECONDS, EVERY, OTHERS = 1_300, 120.0, 10.0, 16
PATIENCE = 60.0  # seconds after the last answer is due
STORM_CLIENTS, STORM_SECONDS, GOAL = 64, 10.0, 5.0
MANY = Organisation("monta", "Monen ihmisen virasto", colour="#1d4a43")
OTHER = Organisation("naapuri", "Naapurivirasto", colour="#2f5d8c")


class Card(NamedTuple):
    """Somebody's answer to one card, and the request that gives it."""

    reader: UUID
    view: UUID
    answer: str
    request: bytes


# the people


def people(polku: Installation, count: int) -> tuple[Crowd, Crowd]:
    """So many of one organisation with dealt hands, and a few of another; made only once in an installation."""
    note = polku.home / "under-load.json"
    if not note.exists():
        both = [gathered(polku, MANY, 0, count), gathered(polku, OTHER, 1, OTHERS)]
        note.write_bytes(msgspec.json.encode(both))
    many, other = msgspec.json.decode(note.read_bytes(), type=tuple[Crowd, Crowd])
    return many, other


def gathered(polku: Installation, who: Organisation, place: int, count: int) -> Crowd:
    say(f"  {who.name}: {count} people ...")
    journey = crowd.opened(polku, who, place)
    crowd.reading(journey)
    they = crowd.crowd_of(polku, journey, count)
    crowd.fill_up(polku, they, FEW)
    return they


def dealt(they: Crowd, cards: int) -> None:
    """Everybody has so many cards that are not answered yet."""
    with acting_for(they.tenant):
        for reader in they.readers:
            with sessions_of("voting").begin() as session:
                hand = hands.dealt_to(session, reader.pseudonym, they.run, None, None)
                while sum(card.answer is None for card in hand.held.cards) < cards:
                    if not hand.deal(session, after=hand.held.batches):
                        raise SystemExit("There are not enough views for so many cards.")


def answers_of(polku: Installation, they: Crowd, each: int) -> list[list[Card]]:
    """Everybody's next answers, in the order in which they give them."""
    open_cards: dict[Reader, list[Card]] = {reader: [] for reader in they.readers}
    with acting_for(they.tenant), sessions_of("voting").begin() as session:
        opened = {hand.participant: hand.held for hand in open_all(they.run, session)}
    host, words = polku.site(they.slug).removeprefix("http://"), list(ANSWERS)
    for number, reader in enumerate(they.readers):
        waiting = [card for card in opened[reader.pseudonym].cards if card.answer is None]
        for nr, card in enumerate(islice(waiting, each)):
            answer, path = words[(number + nr) % 3], f"/runs/{they.run}/reading/{card.batch}/{card.view_id}"
            request = post(host, path, reader.cookie, {"answer": answer})
            open_cards[reader].append(Card(reader.pseudonym, card.view_id, answer, request))
    return list(open_cards.values())


# at their own pace


def kept_pace(port: int, requests: list[tuple[float, bytes]], proof: bytes) -> Kept:
    """Sends each when it is due, on a connection of its own, as browsers do that were silent for ten seconds; sends again a second
    later what nobody answered."""
    kept, waiting, due = (
        Kept(),
        selectors.DefaultSelector(),
        [(at, nr) for nr, (at, _) in enumerate(requests)],
    )
    heapq.heapify(due)
    asked, open_ones = Asked([], 200, proof), dict[Client, int]()
    cpu_before, began = time.process_time(), time.perf_counter()
    last = max(at for at, _ in due) + PATIENCE
    while (due or open_ones) and time.perf_counter() - began < last:
        now = time.perf_counter() - began
        while due and due[0][0] <= now:
            _, number = heapq.heappop(due)
            begin(port, waiting, requests[number][1], number, open_ones) or again(due, kept, now, number)
        wait = due[0][0] - now if due else 1.0
        for key, _ in waiting.select(timeout=min(max(wait, 0.0), 1.0)):
            settle(key.data, asked, kept, open_ones, due, time.perf_counter() - began)
    kept.seconds, kept.own_cpu = time.perf_counter() - began, time.process_time() - cpu_before
    return kept


def begin(
    port: int, waiting: selectors.BaseSelector, request: bytes, number: int, open_ones: dict[Client, int]
) -> bool:
    try:
        client = Person(port, waiting)
    except OSError:
        return False
    open_ones[client] = number
    with suppress(OSError):  # who has gone meanwhile is noticed when the answer is read
        client.send(request)
    return True


def again(due: list[tuple[float, int]], kept: Kept, now: float, number: int) -> None:
    kept.again += 1
    heapq.heappush(due, (now + 1.0, number))


def settle(
    client: Client,
    asked: Asked,
    kept: Kept,
    open_ones: dict[Client, int],
    due: list[tuple[float, int]],
    now: float,
) -> None:
    """An answer has come, or part of one, or nobody is there any more."""
    wrong_before = kept.wrong.total()
    try:
        if not client.has_read(asked, kept):
            return
    except OSError:
        again(due, kept, now, open_ones.pop(client))
        client.close()
        return
    number = open_ones.pop(client)
    client.close()
    if kept.wrong.total() == wrong_before:
        kept.acknowledged.add(number)
    else:
        again(due, kept, now, number)


def paced(cards: list[list[Card]], every: float) -> tuple[list[Card], list[tuple[float, bytes]]]:
    """Everybody begins at a moment of their own, and answers their next card each so many seconds."""
    dice, flat, requests = random.Random(1), list[Card](), list[tuple[float, bytes]]()
    for theirs in cards:
        first = dice.uniform(0, every)
        flat += theirs
        requests += [(first + nr * every, card.request) for nr, card in enumerate(theirs)]
    return flat, requests


# the books


def balance(they: Crowd, given: Iterable[Card], acknowledged: set[int], before: int) -> str:
    """What was acknowledged lies in the hands, and nothing else; the counters say what the hands say."""
    given = list(given)
    with acting_for(they.tenant), sessions_of("voting").begin() as session:
        count_votes(they.run, session)
    with acting_for(they.tenant), sessions_of("voting").begin() as session:
        opened = open_all(they.run, session)
        found = {(hand.participant, card.view_id): card.word for hand in opened for card in hand.held.cards}
        uncounted = sum(hand.held.is_uncounted for hand in opened)
        counters = {
            view.id: [view.agrees, view.passes, view.disagrees, view.hearts]
            for view in session.query(View).filter_by(run_id=they.run)
        }
        expected = sums(opened)
    lost = [nr for nr in acknowledged if found[given[nr].reader, given[nr].view] != given[nr].answer]
    stored = sum(word is not None for word in found.values()) - before
    wrong = [id for id, counts in counters.items() if counts != expected[id]]
    told = f"acknowledged {len(acknowledged):,} = stored {stored:,}, {len(wrong)} counters differ, {uncounted} hands not counted"
    if lost or wrong or uncounted or stored != len(acknowledged) or len(acknowledged) != len(given):
        raise SystemExit(
            f"The books do not balance: {told}; {len(lost)} acknowledged and not there, {len(given):,} were given."
        )
    return told


def answered_so_far(they: Crowd) -> int:
    with acting_for(they.tenant), sessions_of("voting").begin() as session:
        return sum(hand.held.answered for hand in open_all(they.run, session))


# what breaks


def kill_in_the_middle(polku: Installation, after: float, over: Event) -> bool:
    """Returns False when all was over before."""
    if over.wait(after):
        return False
    kill_server_and_database(polku)
    return True


# both


def many_at_their_own_pace(
    polku: Installation, they: Crowd, seconds: float, every: float, killed: bool
) -> str:
    each = round(seconds / every)
    dealt(they, each)
    given, requests = paced(answers_of(polku, they, each), every)
    before, platform = answered_so_far(they), cpu.platform(polku.home)
    used, over = platform.cpu, Event()
    with ProcessPoolExecutor(1, get_context("spawn")) as sender, ThreadPoolExecutor(1) as trouble:
        sender.submit(os.getpid).result()  # it has loaded its code
        if killed:
            broken = trouble.submit(kill_in_the_middle, polku, seconds / 2, over)
        kept = sender.submit(kept_pace, polku.ports["WEB"], requests, b'"answered"').result()
        over.set()
        if killed and not broken.result():
            raise SystemExit("It was over before anything was killed.")
    if bool(kept.again) != killed:
        raise SystemExit(f"{kept.again} answers were not acknowledged at once: {kept.wrong.most_common(3)}")
    told = balance(they, given, kept.acknowledged, before)
    took = (platform.cpu - used) / len(given) * 1000
    return (
        f"- {len(they.readers):,} people, an answer each {every:.0f} s for {seconds:.0f} s{', killed in the middle' if killed else ''}: "
        f"{told}; {kept.again} sent again; p50 {median(kept):.0f} ms, p99 {kept.p99:.0f} ms, {took:.1f} CPU-ms an answer "
        f"(the sender {kept.own_cpu / len(given) * 1000:.1f})"
    )


def median(answered: Answered) -> float:
    return sorted(answered.waited)[len(answered.waited) // 2] * 1000


def storm_beside(polku: Installation, loud: Crowd, quiet: Crowd) -> str:
    """What one person of another organisation waits for, before and while 64 connections of one ask as fast as they can."""
    port, one = polku.ports["WEB"], Asked(list(islice(votes(polku, quiet), 4_000)), proof=b'"answered"')
    all_of_them = Asked(list(islice(votes(polku, loud), 20_000)), proof=b'"answered"')
    with Load() as asking, Load() as storming, ThreadPoolExecutor(1) as beside:
        asking.send(port, one, 2.0, clients=1)  # every process has seen them
        calm = asking.send(port, one, STORM_SECONDS, clients=1)
        storm = beside.submit(storming.send, port, all_of_them, STORM_SECONDS + 4.0, STORM_CLIENTS)
        beside_it = asking.send(port, one, STORM_SECONDS, clients=1)
        loud_ones = storm.result()
    for name, answered in (("calm", calm), ("beside the storm", beside_it), ("the storm", loud_ones)):
        must_be_right(name, answered)
    ratio = beside_it.p99 / calm.p99
    return (
        f"- one organisation's storm, {STORM_CLIENTS} connections: another's p99 {beside_it.p99:.0f} ms beside {calm.p99:.0f} ms on a calm day, "
        f"{ratio:.1f} times (goal: {GOAL:.0f}); its median {median(beside_it):.0f} ms beside {median(calm):.0f}; "
        f"the storm had {loud_ones.rate:.0f}/s and waited {median(loud_ones):.0f} ms"
    )


def votes(polku: Installation, they: Crowd) -> Iterator[bytes]:
    """Their cards in turn, with another answer each time round."""
    dealt(they, 1)
    host, cards = polku.site(they.slug).removeprefix("http://"), list(they.cards())
    for answer in list(ANSWERS) * 1_000:
        for reader, batch, view in cards:
            yield post(host, f"/runs/{they.run}/reading/{batch}/{view}", reader.cookie, {"answer": answer})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.under_load", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument(
        "--every", type=float, default=EVERY, help="seconds between two answers of one person"
    )
    parser.add_argument("--killed", action="store_true", help="kill server and database in the middle")
    parser.add_argument(
        "--home", type=Path, help="where the installation is kept for the next time; else it is thrown away"
    )
    parser.add_argument("--only", choices=["pace", "storm", "submitters"])
    chosen = parser.parse_args()
    with ExitStack() as stack:
        home = chosen.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="polku-load-")))
        polku = stack.enter_context(installed(home.absolute(), "empty"))
        parts = [chosen.only] if chosen.only else ["pace", "storm", "submitters"]
        for told in measured(polku, chosen, parts):
            say(told)


def measured(polku: Installation, chosen: argparse.Namespace, parts: list[str]) -> Iterator[str]:
    os.environ["POLKU_HOME"] = str(polku.home)  # the nouns are to find this installation
    if parts != ["submitters"]:
        many, other = people(polku, chosen.people)
    yield here()
    if "pace" in parts:
        yield many_at_their_own_pace(polku, many, chosen.seconds, chosen.every, chosen.killed)
    if "storm" in parts:
        yield storm_beside(polku, many, other)
    if "submitters" in parts:
        yield submitters.submitting(polku, chosen.killed)


if __name__ == "__main__":
    main()
