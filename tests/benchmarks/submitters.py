"""Many people of one organisation share views all at once: what was acknowledged is stored and told, once each, and nothing is refused."""

import hashlib
import secrets
import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from math import inf
from typing import NamedTuple
from uuid import UUID

from infra.demo.installation import Installation
from infra.demo.walker import views
from infra.demo.walker.journey import Client as Organisation
from infra.demo.walker.journey import Journey, NeverCame
from shared.contracts.survey import ViewShared
from tests.benchmarks import crowd
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.load import Asked
from tests.benchmarks.outage import Kept, Person, kill_server_and_database
from tests.benchmarks.pages import post, say

PEOPLE, EACH = 32, 20  # stays below the pace of one person (services/survey/api/giving.py)
PATIENCE, A_SECOND, A_MOMENT = 180.0, 1.0, 0.1
THANKS = Asked([], 303, b"/thanks")


class View(NamedTuple):
    """A view that somebody shares, by its number, and the request that does it: its receipt makes two of the same request one view."""

    number: int
    words: str
    receipt_hash: bytes
    request: bytes


# the people


def submitting(polku: Installation, killed: bool) -> str:
    """They send, their phase ends, moderators let all of it stand, and the books are balanced."""
    journey, they = founded(polku)
    given = views_of(polku, they)
    kept = all_at_once(polku.ports["WEB"], given, lambda: killed and kill_server_and_database(polku))
    if bool(kept.again) != killed:
        raise SystemExit(f"{kept.again} views were not acknowledged at once: {kept.wrong.most_common(3)}")
    close(journey)
    told = balance(journey, they, list(chain(*given)), kept)
    return (
        f"- {PEOPLE} people, {EACH} views each, all at once{', killed in the middle' if killed else ''}: {told}; "
        f"{kept.again} sent again; {kept.rate:.0f} answers a second, p99 {kept.p99:.0f} ms"
    )


def founded(polku: Installation) -> tuple[Journey, Crowd]:
    """Each time another organisation, since its phase of giving views ends with it."""
    name = secrets.token_hex(4)
    who = Organisation(f"antajat-{name}", f"Antajien virasto {name}", colour="#6b3f2a")
    say(f"  {who.name}: {PEOPLE} people ...")
    journey = crowd.opened(polku, who, 0)
    journey.eventually(
        lambda: views.themes_of(journey, views.writers_of(journey)[0]), "Nobody can give views."
    )
    return journey, crowd.crowd_of(polku, journey, PEOPLE)


def views_of(polku: Installation, they: Crowd) -> list[list[View]]:
    """Everybody's views in the order in which they are shared, on all themes in turn."""
    host, given, numbers = polku.site(they.slug).removeprefix("http://"), [], iter(range(PEOPLE * EACH))
    for place, reader in enumerate(they.readers):
        themes = [they.themes[(place + nr) % len(they.themes)] for nr in range(EACH)]
        given.append([view(host, they.run, theme, reader.cookie, next(numbers)) for theme in themes])
    return given


def view(host: str, run: UUID, theme: UUID, cookie: str, number: int) -> View:
    words = f"Sovitaan tiimissä, milloin olemme yhdessä paikalla ({number})."
    receipt = secrets.token_urlsafe(24)
    form = {"text": words, "language": "fi", "receipt": receipt, "act": "send"}
    request = post(host, f"/runs/{run}/views/{theme}", cookie, form)
    return View(number, words, hashlib.sha256(receipt.encode()).digest(), request)


# all at once


def all_at_once(port: int, given: list[list[View]], in_the_middle: Callable[[], object]) -> Kept:
    """Everybody sends the next as soon as one is answered, and at the end the first and the last once more; what happens in the
    middle, happens once half was acknowledged."""
    kept, waiting = Kept(), selectors.DefaultSelector()
    people = [Submitter(port, waiting, kept, [*theirs, theirs[0], theirs[-1]]) for theirs in given]
    half, began = sum(map(len, given)) // 2, time.perf_counter()
    while any(one.left for one in people) and time.perf_counter() - began < PATIENCE:
        for one in people:
            one.send_what_is_due()
        for key, _ in waiting.select(timeout=A_MOMENT):
            key.data.hear()
        if half and len(kept.acknowledged) >= half:
            half = 0
            in_the_middle()
    kept.seconds = time.perf_counter() - began
    return kept


class Submitter(Person):
    """Somebody who shares her views one after the other on a connection of her own. What nobody answered she sends again a second
    later, on another one; what was refused she lets be."""

    def __init__(self, port: int, waiting: selectors.BaseSelector, kept: Kept, theirs: list[View]) -> None:
        self.port, self.waiting, self.kept, self.left = port, waiting, kept, deque(theirs)
        self.due, self.is_connected = 0.0, False

    def send_what_is_due(self) -> None:
        if not self.left or time.perf_counter() < self.due:
            return
        self.due = inf  # when it is answered
        try:
            if not self.is_connected:
                self.connect()
            self.is_connected = True
            self.send(self.left[0].request)
        except OSError:
            self.send_again_later()

    def hear(self) -> None:
        """An answer has come, or part of one, or nobody is there any more."""
        try:
            if self.has_read(THANKS, self.kept):
                self.take(self.read)
        except OSError:
            self.send_again_later()

    def take(self, answer: bytes) -> None:
        if answer.startswith(b"HTTP/1.1 5"):
            self.send_again_later()
            return
        sent, self.due = self.left.popleft(), 0.0
        if is_thanks(answer):
            self.kept.acknowledged.add(sent.number)
        if not self.left:
            self.hang_up()

    def send_again_later(self) -> None:
        self.kept.again += 1
        self.due = time.perf_counter() + A_SECOND
        self.hang_up()

    def hang_up(self) -> None:
        if self.is_connected:
            self.close()
        self.is_connected = False


def is_thanks(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 %d" % THANKS.status) and THANKS.proof in answer


def refused(kept: Kept) -> int:
    """Answers that said no; a server that has no database says that it cannot answer."""
    return sum(count for said, count in kept.wrong.items() if not said.startswith("HTTP/1.1 5"))


# the books


class Books(NamedTuple):
    """What is known of a run's views: their words by their receipts' hashes, their ids, ids that were told, as often as they were,
    those that each consumer knows, and how many each service counts."""

    stored: dict[bytes, str]
    ids: set[UUID]
    told: list[UUID]
    heard: dict[str, set[UUID]]
    counted: dict[str, int]

    @property
    def is_complete(self) -> bool:
        return len(self.told) >= len(self.ids) and all(self.ids <= known for known in self.heard.values())


def close(journey: Journey) -> None:
    """What has not left its author's row leaves it now, and a moderator lets everything stand."""
    journey.move_on_to("priorities")
    views.moderate_the_rest(journey)


def balance(journey: Journey, they: Crowd, given: list[View], kept: Kept) -> str:
    """Waits until everybody has heard, and compares."""
    with suppress(NeverCame):  # what is missing is said below
        journey.eventually(
            lambda: books_of(journey.polku, they).is_complete, "Not everybody has heard of all views."
        )
    books = books_of(journey.polku, they)
    told = f"acknowledged {len(kept.acknowledged):,} = stored {len(books.ids):,} = told {len(books.told):,}, {refused(kept)} refused"
    if wrong := list(complaints(given, kept, books)):
        raise SystemExit(
            f"The books do not balance: {told}; {', '.join(wrong)}. Wrong answers: {kept.wrong.most_common(3)}."
        )
    return told


def complaints(given: list[View], kept: Kept, books: Books) -> Iterator[str]:
    """What does not balance, in words; nothing when all is well."""
    acknowledged = {view.receipt_hash: view.words for view in given if view.number in kept.acknowledged}
    lost = sum(books.stored.get(receipt) != words for receipt, words in acknowledged.items())
    found = {
        "given and not acknowledged": len(given) - len(acknowledged),
        "refused": refused(kept),
        "acknowledged and not stored": lost,
        "stored and not acknowledged": len(books.ids) - (len(acknowledged) - lost),
        "stored and not told": len(books.ids - set(books.told)),
        "told and not stored": len(set(books.told) - books.ids),
        "told twice": len(books.told) - len(set(books.told)),
    }
    found |= {f"not known to {name}": len(books.ids ^ known) for name, known in books.heard.items()}
    found |= {f"miscounted by {name}": abs(count - len(books.ids)) for name, count in books.counted.items()}
    return (f"{count} {what}" for what, count in found.items() if count)


def books_of(polku: Installation, they: Crowd) -> Books:
    with crowd.administrator(polku) as connection:
        rows = lambda query, *about: connection.execute(query, [they.run, *about]).fetchall()  # noqa: E731
        stored = rows(STORED)
        told = rows(TOLD, ViewShared.topic, ViewShared.type, str(they.tenant))
        heard = {name: {id for (id,) in rows(HEARD[name])} for name in HEARD}
        counted = {name: rows(COUNTED[name])[0][0] for name in COUNTED}
    words = {receipt_hash: text for _, receipt_hash, text in stored}
    return Books(words, {id for id, _, _ in stored}, [id for (id,) in told], heard, counted)


STORED = "SELECT id, receipt_hash, text FROM survey.view WHERE run_id = %s AND status = 'shared'"
TOLD = """
    SELECT CAST(said ->> 'view_id' AS uuid)
    FROM bus.event_log CROSS JOIN LATERAL CAST(convert_from(value, 'UTF8') AS jsonb) AS said
    WHERE said ->> 'run_id' = CAST(%s AS text) AND topic = %s AND headers ->> 'ce_type' = %s AND headers ->> 'ce_tenantid' = %s"""
HEARD = {
    "lineage": "SELECT id FROM lineage.thing WHERE run_id = %s AND kind = 'view' AND stands",
    "voting": "SELECT id FROM voting.view WHERE run_id = %s AND status = 'stands'",
}
COUNTED = {
    "survey": "SELECT CAST(sum(shared) AS integer) FROM survey.theme WHERE run_id = %s",
    "voting": "SELECT CAST(coalesce(sum(views), 0) AS integer) FROM voting.standing WHERE run_id = %s",
}
