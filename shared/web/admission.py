"""Decides whose turn it is among a web process's requests: no organisation takes the threads from the others.

A request belongs to the organisation whose host it names, which is known before anything is asked of the database: the door
notes the hosts that it has found (services/portal/door.py). Whatever names another host is nobody's, and all of that together
has what one organisation has: invented names win nothing.
"""

import re
from collections import Counter, deque
from typing import Generic, TypeVar

NOBODY = ""
TURNED_AWAY = "polku.turned_away"  # in a request's environ: one too many, its organisation has as many waiting as may wait
HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)
T = TypeVar("T")
_owners: dict[str, str] = {}


def belongs_to(host: str, organisation: str) -> None:
    """Notes whose a host is; for hosts that identity knows, of which there are only so many."""
    _owners[host] = organisation


def owner_of(head: bytes) -> str:
    """Returns the organisation whose host the head of a request names; NOBODY when it is not known yet, or not there."""
    found = HOST.search(head.partition(b"\r\n\r\n")[0] + b"\r\n")
    return _owners.get(found[1].decode("latin-1"), NOBODY) if found else NOBODY


class Turns(Generic[T]):
    """Requests in the hands of `threads` threads and those that wait for one, each organisation's in the order of coming.

    The next one is of the organisation that has the fewest in hand, and of those of the one that was served longest ago. None
    has all threads, however many it has waiting: one is left for whoever comes next."""

    def __init__(self, threads: int, may_wait: int) -> None:
        self.threads, self.share, self.may_wait = threads, max(1, threads - 1), may_wait
        self.in_hand: Counter[str] = Counter()
        self.waiting: dict[str, deque[T]] = {}  # by organisation, the one that was served last at the end

    def wait(self, owner: str, request: T) -> bool:
        """Puts a request at the end of its organisation's; returns False when as many wait there as may."""
        line = self.waiting.setdefault(owner, deque())
        if len(line) >= self.may_wait:
            return False
        line.append(request)
        return True

    def take(self) -> tuple[str, T] | None:
        """Takes the next one in hand, and whose it is; None while no thread is free for anybody who waits."""
        free = [owner for owner in self.waiting if self.in_hand[owner] < self.share]
        if not free or self.in_hand.total() >= self.threads:
            return None
        owner = min(free, key=self.in_hand.__getitem__)
        line = self.waiting.pop(owner)
        request = line.popleft()
        if line:
            self.waiting[owner] = line
        self.in_hand[owner] += 1
        return owner, request

    def done(self, owner: str) -> None:
        """A request of this organisation is answered."""
        self.in_hand[owner] -= 1
        if not self.in_hand[owner]:
            del self.in_hand[owner]
