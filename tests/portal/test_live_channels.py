"""Channels: one picture a change for everybody, the newest for the slow, nothing kept for nobody."""

import math
from uuid import uuid4

import gevent
import pytest

from services.portal.live.admissions import Admission, Admissions
from services.portal.live.app import Stream
from services.portal.live.channels import Away, Channels, Gone, Picture, Topic

FOR_LONG = Admission(frozenset(), math.inf)


class Service:
    """Something that changes, and counts how often it is asked."""

    def __init__(self):
        self.version, self.asked, self.trouble = 1, 0, None

    def take(self, topic):
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return Picture(self.version, b"id: %d\n\n" % self.version)


@pytest.fixture
def topic():
    return Topic(uuid4(), "townhall", uuid4())


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def channels(service):
    channels = Channels(service.take)
    yield channels
    channels.close()


def test_one_picture_is_taken_for_all(channels, service, topic):
    followers = [channels.join(topic, None) for _ in range(50)]
    assert {follower.next(5).wire for follower in followers} == {b"id: 1\n\n"}
    assert service.asked == 1


def test_all_get_the_very_same_bytes(channels, topic):
    one, other = channels.join(topic, None), channels.join(topic, None)
    assert one.next(5).wire is other.next(5).wire


def test_a_burst_of_changes_is_one_more_picture(channels, service, topic):
    follower = channels.join(topic, None)
    follower.next(5)
    for _ in range(100):
        service.version += 1
        channels.stir(topic)
    assert follower.next(5).version == 101
    assert service.asked == 2


def test_a_slow_screen_gets_the_newest_alone(channels, service, topic):
    quick, slow = channels.join(topic, None), channels.join(topic, None)
    for version in (1, 2, 3):
        service.version = version
        channels.stir(topic)
        assert quick.next(5).version == version
    assert slow.next(5).version == 3
    assert slow.next(0.01) is None


def test_a_wake_without_a_change_sends_nothing(channels, topic):
    follower = channels.join(topic, None)
    follower.next(5)
    channels.stir(topic)
    assert follower.next(0.7) is None


def test_who_comes_back_gets_only_what_is_new(channels, service, topic):
    channels.join(topic, None).next(5)
    back = channels.join(topic, 1)
    assert back.next(0.01) is None
    service.version = 2
    channels.stir(topic)
    assert back.next(5).version == 2


def test_who_comes_late_gets_the_picture_at_once(channels, service, topic):
    channels.join(topic, None).next(5)
    assert channels.join(topic, None).next(0).version == 1
    assert channels.join(topic, 0).next(0).version == 1
    assert service.asked == 1


def test_a_screen_that_has_seen_more_than_we_makes_us_look(channels, service, topic):
    channels.join(topic, None).next(5)
    service.version = 7
    assert channels.join(topic, 6).next(5).version == 7


def test_a_service_that_is_away_is_asked_again(channels, service, topic):
    service.trouble = Away()
    follower = channels.join(topic, None)
    assert follower.next(0.1) is None
    service.trouble = None
    assert follower.next(5).version == 1


def test_what_is_gone_sends_everybody_home(channels, service, topic):
    follower = channels.join(topic, None)
    follower.next(5)
    service.trouble = Gone()
    channels.stir(topic)
    follower.next(5)
    assert follower.is_sent_home


def test_a_screen_that_left_leaves_nothing_behind(channels, topic):
    streams = [Stream(channels, Admissions(), topic, FOR_LONG, None) for _ in range(3)]
    next(streams[0])
    for stream in streams:
        stream.close()
    assert channels.open == {}


def test_a_stream_ends_one_day_so_that_the_person_is_asked_again(channels, topic):
    stream = Stream(channels, Admissions(), topic, FOR_LONG, None)
    gevent.sleep(0)
    assert [next(stream)[:6], next(stream)] == [b"retry:", b"id: 1\n\n"]
    stream.ends_at = 0
    stream.follower.send_home()
    with pytest.raises(StopIteration):
        next(stream)


def test_an_address_in_a_wake_is_read_strictly():
    tenant, id = uuid4(), uuid4()
    assert Topic.named(f"{tenant}:townhall:{id}") == Topic(tenant, "townhall", id)
    for nonsense in ("", "a:b:c", f"{tenant}:townhall", f"{tenant}:townhall:{id}:more"):
        with pytest.raises(ValueError):
            Topic.named(nonsense)
