"""Live streams through a real process: everything arrives, what was lost is made good, strangers stay out."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from services.portal.door import SESSION
from services.townhall import halls, on_air
from shared.database import sessions_of
from shared.settings import web_port
from shared.tenancy.sessions import acting_for
from tests.portal import live_process
from tests.portal.live_process import LiveProcess, Screen, until
from tests.severing import connect_anew, sever

SCREENS = 40


@pytest.fixture(scope="module")
def live(database, provider):
    with live_process.running() as process:
        yield process


class Event:
    """A kickoff lecture on the air in an organisation."""

    def __init__(self, house, http):
        self.house = house
        with acting_for(house.id), sessions_of("townhall").begin() as session:
            hall = halls.of(session, uuid4(), "kickoff")
            hall.open_doors()
            on_air.start(session, hall)
        self.path = f"/live/townhall/{hall.id}"
        self.hall = f"/halls/{hall.id}"
        self.host = http("townhall").of(house.id).as_("facilitator")
        self.host.who = self.host.who.__class__(
            tenant=house.id, subject=uuid4(), roles=frozenset({"facilitator"})
        )

    def change(self) -> int:
        """Something happens on the stage; the version that comes of it."""
        assert self.host.put(f"{self.hall}/stage", json={"kind": "questions"}).status_code == 204
        return self.version

    @property
    def version(self) -> int:
        return self.host.get(f"{self.hall}/desk").json["version"]


@pytest.fixture
def event(avis, http):
    return Event(avis, http)


@pytest.fixture
def kaisa(avis):
    """The cookie of somebody who works here."""
    return f"{SESSION}={avis.sign_in(avis.employ('Kaisa'))}"


def follow(live: LiveProcess, event: Event, cookie: str, **headers: str) -> Screen:
    answer = live.ask(event.path, event.house.host, Cookie=cookie, **headers)
    assert answer.status == 200, answer.read()
    return Screen(answer)


def test_everybody_gets_everything_in_order(live, event, kaisa):
    with ThreadPoolExecutor(8) as doors:
        screens = list(doors.map(lambda _: follow(live, event, kaisa), range(SCREENS)))
    for screen in screens:
        screen.next()
    for _ in range(20):
        last = event.change()
    seen = [screen.until(last) for screen in screens]
    for pictures in seen:
        versions = [picture["version"] for picture in pictures]
        assert versions == sorted(set(versions))
        assert pictures[-1]["on_stage"] == "questions"
    assert len({pictures[-1]["version"] for pictures in seen}) == 1


def test_who_comes_back_goes_on_where_the_line_was_lost(live, event, kaisa):
    had = follow(live, event, kaisa).next()["version"]
    new = event.change()
    back = follow(live, event, kaisa, **{"Last-Event-ID": str(had)})
    assert back.next()["version"] == new


def test_who_has_the_newest_is_not_sent_it_again(live, event, kaisa):
    had = follow(live, event, kaisa).next()["version"]
    back = follow(live, event, kaisa, **{"Last-Event-ID": str(had)})
    new = event.change()
    assert back.next()["version"] == new


def test_a_lost_listening_line_loses_no_change(live, event, kaisa, server, database):
    screen = follow(live, event, kaisa)
    screen.next()
    with server.connect(database) as connection:
        assert sever(connection, "portal")
    connect_anew()
    new = event.change()
    assert screen.until(new)[-1]["version"] == new
    until(live.is_ready)


def test_nobody_follows_without_signing_in(live, event):
    assert live.ask(event.path, event.house.host).status == 401
    assert live.ask(event.path, event.house.host, Cookie=f"{SESSION}=nonsense").status == 401


def test_a_stranger_sees_nothing_of_it(live, event, kelas):
    pekka = f"{SESSION}={kelas.sign_in(kelas.employ('Pekka'))}"
    assert live.ask(event.path, kelas.host, Cookie=pekka).status == 404
    assert live.ask(event.path, event.house.host, Cookie=pekka).status == 401


def test_what_is_not_there_is_not_there(live, event, kaisa):
    for path in (f"/live/townhall/{uuid4()}", f"/live/voting/{uuid4()}", "/live/townhall/x", "/live", "/"):
        assert live.ask(path, event.house.host, Cookie=kaisa).status == 404
    assert live.ask(event.path, "nowhere.example", Cookie=kaisa).status == 404


def test_streams_are_only_read(live, event, kaisa):
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        assert live.ask(event.path, event.house.host, method, Cookie=kaisa).status == 405


def test_only_the_portals_own_pages_may_read(live, event, kaisa):
    portal = f"http://{event.house.host}:{web_port()}"
    answer = live.ask(event.path, event.house.host, Cookie=kaisa, Origin=portal)
    assert answer.headers["Access-Control-Allow-Origin"] == portal
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    for origin in ("https://evil.example", f"http://evil.example:{web_port()}", "null"):
        refused = live.ask(event.path, event.house.host, Cookie=kaisa, Origin=origin)
        assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (403, portal)


def test_a_signed_out_person_does_not_come_back(live, event, avis):
    secret = avis.sign_in(avis.employ("Kaisa"))
    follow(live, event, f"{SESSION}={secret}").next()
    avis.door.post("/sessions/end", json={"secret": secret})
    assert live.ask(event.path, avis.host, Cookie=f"{SESSION}={secret}").status == 401


def test_a_process_that_stops_ends_its_streams_and_goes(event, kaisa, provider):
    with live_process.running() as process:
        screens = [follow(process, event, kaisa) for _ in range(5)]
        for screen in screens:
            screen.next()
        assert process.stop() == 0
        assert all(screen.ended.wait(5) for screen in screens)
