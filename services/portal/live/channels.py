"""Channels and their followers: one picture fetched a change, the same bytes for everybody."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import gevent
from gevent.event import Event

log = logging.getLogger(__name__)
PACE_SECONDS = 0.5  # at most two pictures a second: more only flickers on a phone
LONGEST_PAUSE = 10.0


class Gone(Exception):
    """Raised when what was followed is not there any more."""


class Away(Exception):
    """The service that knows does not answer just now."""


@dataclass(frozen=True)
class Topic:
    """A thing that can be followed: of a service, of an organisation."""

    tenant: UUID
    service: str
    id: UUID

    @classmethod
    def named(cls, payload: str) -> "Topic":
        """As `wake` writes it: <tenant>:<service>:<id>."""
        tenant, service, id = payload.split(":")
        return cls(UUID(tenant), service, UUID(id))


@dataclass(frozen=True)
class Picture:
    """How a thing stands in one version, in the form in which it is sent."""

    version: int
    wire: bytes


Take = Callable[[Topic], Picture]  # raises Gone or Away


class Follower:
    """One screen. It holds the newest picture alone, so a slow one delays nobody and misses nothing that still holds."""

    def __init__(self, seen: int | None) -> None:
        self.seen = seen
        self.is_sent_home = False
        self._newest: Picture | None = None
        self._bell = Event()

    def show(self, picture: Picture) -> None:
        if picture.version != self.seen:
            self._newest = picture
            self._bell.set()

    def send_home(self) -> None:
        self.is_sent_home = True
        self._bell.set()

    def next(self, seconds: float) -> Picture | None:
        """The newest picture that this screen has not had; None when nothing happens for a while."""
        self._bell.wait(seconds)
        self._bell.clear()
        picture, self._newest = self._newest, None
        if picture:
            self.seen = picture.version
        return picture


class Channel:
    """All who follow one thing."""

    def __init__(self, topic: Topic, take: Take) -> None:
        self.topic, self.take = topic, take
        self.followers: set[Follower] = set()
        self.latest: Picture | None = None
        self._stirred = Event()
        self._failures = 0
        self._keeper = gevent.spawn(self._keep_up)
        self.stir()

    def join(self, seen: int | None) -> Follower:
        follower = Follower(seen)
        self.followers.add(follower)
        if self.latest and (seen is None or seen < self.latest.version):
            follower.show(self.latest)
        elif self.latest and self.latest.version < (seen or 0):
            self.stir()  # it has seen more than we have
        return follower

    def stir(self) -> None:
        self._stirred.set()

    def _keep_up(self) -> None:
        while True:
            self._stirred.wait()
            self._stirred.clear()
            gevent.sleep(self._look())

    def _look(self) -> float:
        """Fetch and pass on; how long to pause before the next look."""
        try:
            picture = self.take(self.topic)
        except Gone:
            self.send_everybody_home()
            return PACE_SECONDS
        except Away:
            return self._try_later()
        self._failures = 0
        self._pass_on(picture)
        return PACE_SECONDS

    def _try_later(self) -> float:
        self._failures += 1
        self.stir()
        log.warning("live: %s does not answer", self.topic.service)
        return min(PACE_SECONDS * 2**self._failures, LONGEST_PAUSE)

    def _pass_on(self, picture: Picture) -> None:
        if self.latest is None or self.latest.version != picture.version:
            self.latest = picture
            for follower in tuple(self.followers):
                follower.show(picture)

    def send_everybody_home(self) -> None:
        for follower in tuple(self.followers):
            follower.send_home()

    def close(self) -> None:
        self._keeper.kill(block=False)
        self.send_everybody_home()


class Channels:
    """The channels that somebody follows; a channel that nobody follows is not kept."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self.open: dict[Topic, Channel] = {}

    def join(self, topic: Topic, seen: int | None) -> Follower:
        if topic not in self.open:
            self.open[topic] = Channel(topic, self.take)
        return self.open[topic].join(seen)

    def leave(self, topic: Topic, follower: Follower) -> None:
        channel = self.open.get(topic)
        if channel is None:
            return
        channel.followers.discard(follower)
        if not channel.followers:
            self.open.pop(topic).close()

    def stir(self, topic: Topic) -> None:
        if channel := self.open.get(topic):
            channel.stir()

    def stir_all(self) -> None:
        """Something may have been missed."""
        for channel in self.open.values():
            channel.stir()

    def close(self) -> None:
        for channel in tuple(self.open.values()):
            channel.close()
