"""Events that nobody can read, and a service that can handle none: what waits for the operator, who then comes."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import text

from shared.messaging.bus import BusAway, Outgoing, Record
from tests.soak.inside import LISTENING, Inside
from tests.soak.repair import Repair, until

AT_ONCE = 30
STOP_MARKING = text("ALTER TABLE inbox ADD CONSTRAINT broken CHECK (false) NOT VALID")
MARK_AGAIN = text("ALTER TABLE inbox DROP CONSTRAINT IF EXISTS broken")


class NothingToBreak(Exception):
    """It is too early for this fault; the text says what is not there yet."""


class Poison:
    """`repair` is the operator, who puts right what is done here before the next thing breaks."""

    def __init__(self, inside: Inside, dice: random.Random):
        self.inside, self.dice, self.repair = inside, dice, Repair(inside)

    def spoil_an_event(self) -> str:
        """A living run's last event comes once more and is broken: whoever hears it parks the run's events behind it, until
        the operator has given it up."""
        if not (records := self.inside.newest(self.dice, AT_ONCE)):
            raise NothingToBreak("nothing to spoil yet")
        record, spoil = records[-1], self.dice.choice(SPOILED)
        broken = spoil(again(record, ce_id=str(uuid4())))
        if not (hearing := self._who_hears(broken)):
            raise NothingToBreak(f"nobody hears what is {said(spoil)} on {record.topic}")
        self._tell([broken])
        for service in hearing:
            self.repair.wait_for_dead_letter(service, broken.headers["ce_id"])
            self.repair.give_up(service, broken.headers["ce_id"])
        return f"an event of {record.topic} came once more, {said(spoil)}: given up by {', '.join(hearing)}"

    def _who_hears(self, event: Outgoing) -> list[str]:
        """Without a type it is everybody's business who reads the topic."""
        kind = event.headers.get("ce_type")
        asked = {service: self.inside.listeners(service) for service in LISTENING}
        if not kind:
            return [service for service, ours in asked.items() if event.topic in ours.topics]
        return [service for service, ours in asked.items() if kind in ours.types]

    def break_a_service(self) -> str:
        """It can mark nothing as heard, so that everything fails; then it is mended, and all is handled again."""
        service = self.dice.choice(LISTENING)
        heard = self.inside.listeners(service)
        records = self.inside.newest(self.dice, AT_ONCE, heard.topics)
        ours = [again(record) for record in records if record.headers.get("ce_type") in heard.types]
        if not ours:
            raise NothingToBreak(f"nothing that {service} would hear yet")
        with self._broken(service):
            self._tell(ours)
            self.repair.wait_for_dead_letter(service)
        self.repair.handle_all_again(service)
        return f"{service} could handle nothing; it was mended and all was handled again"

    def _tell(self, events: list[Outgoing]) -> None:
        """Also when the broker is only coming back."""
        until(lambda: self._told(events), "The broker takes no event.")

    def _told(self, events: list[Outgoing]) -> bool:
        try:
            self.inside.tell(events)
        except BusAway:
            return False
        return True

    @contextmanager
    def _broken(self, service: str) -> Iterator[None]:
        engine = self.repair.engines[service]
        try:
            with engine.begin() as connection:
                connection.execute(STOP_MARKING)
            yield
        finally:
            with engine.begin() as connection:
                connection.execute(MARK_AGAIN)


def said(spoil: Callable[..., Outgoing]) -> str:
    return spoil.__name__.replace("_", " ")


def again(record: Record, **headers: str) -> Outgoing:
    return Outgoing(record.topic, record.key, record.headers | headers, record.value)


def cut_short(event: Outgoing) -> Outgoing:
    return replace(event, value=event.value[: len(event.value) // 2])


def without_a_type(event: Outgoing) -> Outgoing:
    return replace(event, headers=without(event, "ce_type"))


def without_an_organisation(event: Outgoing) -> Outgoing:
    return replace(event, headers=without(event, "ce_tenantid"))


def in_another_name(event: Outgoing) -> Outgoing:
    return replace(event, headers=event.headers | {"ce_tenantid": str(uuid4())})


def of_no_time(event: Outgoing) -> Outgoing:
    return replace(event, headers=event.headers | {"ce_time": "yesterday"})


def without(event: Outgoing, name: str) -> dict[str, str]:
    return {key: value for key, value in event.headers.items() if key != name}


SPOILED: list[Callable[[Outgoing], Outgoing]] = [
    cut_short,
    without_a_type,
    without_an_organisation,
    in_another_name,
    of_no_time,
]
