"""One call of an operation, whichever way it comes: who asks, in which organisation, in which transaction.

The door over HTTP (shared/web/service.py) and the direct call (shared/web/direct.py) begin an act; operations ask for `caller()` and `session()`.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from shared.database import sessions_of
from shared.problems import NotAllowed, RuleBroken, TookPartBefore
from shared.tenancy.sessions import acting_for
from shared.web import once
from shared.web.limits import Limit, Pace
from shared.web.roles import READER
from shared.web.tokens import Caller

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)
Write = Callable[[Session], None]


@dataclass(frozen=True, kw_only=True)
class Rights:
    """The rights of an operation: who may call it, and how often."""

    verb: str
    roles: frozenset[str]
    limit: Limit | Pace | None = None


@dataclass
class Act:
    """A call that was let in."""

    service: str
    name: str
    caller: Caller
    rights: Rights
    address: str | None
    session: Session
    afterwards: list[Write] = field(default_factory=list)

    def end(self) -> None:
        if not self.session.in_transaction():  # it was committed
            write_afterwards(self.service, self.afterwards)
        close(self.session)

    def count(self) -> None:
        """Counts it towards its limit; raises TooOften beyond it."""
        if self.rights.limit:
            self.rights.limit.take(self.service, self.name, self.caller, self.address)


_act: ContextVar[Act] = ContextVar("act")


class Begun:
    """Lets the caller in, or raises the refusal, and opens the session; whoever calls commits. `key` makes an act that is sent twice one
    act (shared/web/once.py). `with Begun(...) as act:`"""

    def __init__(
        self,
        service: str,
        name: str,
        caller: Caller,
        rights: Rights,
        address: str | None = None,
        key: str | None = None,
    ) -> None:
        self.about, self.key = (service, name, caller, rights, address), key

    def __enter__(self) -> Act:
        service, name, caller, rights, address = self.about
        let_in(caller, rights)
        with ExitStack() as entered:
            entered.enter_context(acting_for(caller.tenant))
            if rights.limit and rights.limit.at_the_door:
                rights.limit.take(service, name, caller, address)
            act = Act(*self.about, sessions_of(service)())
            entered.callback(_act.reset, _act.set(act))
            entered.callback(act.end)
            if self.key:
                once.take(self.key, act.session)
            self._left = entered.pop_all()
        return act

    def __exit__(self, *why: object) -> None:
        self._left.close()


@contextmanager
def keeping_what_stays(session: Session) -> Iterator[None]:
    """Commits before a refusal that keeps what was written, and lets it pass on."""
    try:
        yield
    except RuleBroken as refusal:
        if refusal.keeps:
            session.commit()
        raise


def let_in(caller: Caller, rights: Rights) -> None:
    """Raises NotAllowed, or TookPartBefore for those who only read along."""
    if not caller.is_any(*rights.roles):
        raise NotAllowed
    if caller.is_any(READER) and rights.verb != "GET" and READER not in rights.roles:
        raise TookPartBefore


def caller() -> Caller:
    return _act.get().caller


def caller_if_any() -> Caller | None:
    """Returns who has called; None outside of a call: in a listener, at a timer, in a command."""
    act = _act.get(None)
    return act.caller if act else None


def session() -> Session:
    return _act.get().session


def count_this_act() -> None:
    """Counts an act that is not counted at the door, because it can be turned away there without having done anything; raises TooOften
    beyond its limit."""
    _act.get().count()


def once_committed(write: Write) -> None:
    """Has something written in a transaction of its own after this act's, so that nothing ties it to what was done; several things in
    the order in which they are asked for. Where the act was refused, or the database is away by then, it is left out: call it for
    guesses and signs of life alone."""
    _act.get().afterwards.append(write)


def write_afterwards(service: str, writes: list[Write]) -> None:
    try:
        for write in writes:
            with sessions_of(service).begin() as session:
                write(session)
    except AWAY as gone:
        log.warning("nothing was noted after a request: %s", gone)


def close(session: Session) -> None:
    """When the connection is lost, the database has rolled back by itself, and what was answered holds."""
    try:
        session.close()
    except AWAY as gone:
        session.invalidate()
        log.warning("a request ended without its connection: %s", gone)
