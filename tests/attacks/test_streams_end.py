"""Somebody whose right to follow has ended is shown nothing more, five seconds later at the latest."""

import math
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import KeySet
from sqlalchemy import text

from services.identity import erasure
from services.identity.models import StaffAccess
from services.identity.sign_in.models.session import LONGEST
from services.identity.sign_in.provider import Provider
from services.identity.tenants.models.staff_access import day_after, today
from services.portal.live.admissions import Admission, Admissions
from services.portal.live.app import Stream
from services.portal.live.channels import Channels, Picture, Topic
from services.portal.web.cookies import SESSION
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.directory import Directory, token_for
from tests.identity.houses import House, grant
from tests.identity.test_sign_outs import KEY, signed, way_of
from tests.portal import live_process
from tests.portal.live_process import LiveProcess, Screen, until
from tests.portal.test_live import Event
from tests.severing import sever

SOON = 5.0  # seconds, as the promise says
CONSOLE = "console.polku.localhost"


@pytest.fixture(scope="module")
def live(database, provider):
    with live_process.running() as process:
        yield process


@pytest.fixture
def event(avis, http):
    return Event(avis, http)


class Follower:
    """Somebody who is signed in and follows an event."""

    def __init__(self, live: LiveProcess, event: Event, house: House, subject: str, **asked: str) -> None:
        self.secret = house.sign_in(subject)
        self.host = CONSOLE if "client" in asked else house.host
        self.path = event.path + "?" + "&".join(f"{name}={value}" for name, value in asked.items())
        self.live = live
        self.screen = self.follow()
        self.first = self.screen.next()

    def ask(self):
        return self.live.ask(self.path, self.host, Cookie=f"{SESSION}={self.secret}")

    def follow(self) -> Screen:
        answer = self.ask()
        assert answer.status == 200, answer.read()
        return Screen(answer)

    @property
    def is_out(self) -> bool:
        return self.screen.ended.wait(SOON)


@pytest.fixture
def kaisa(live, event, avis):
    return Follower(live, event, avis, avis.employ("Kaisa"))


@pytest.fixture
def aino(live, event, avis):
    """A colleague, who stays."""
    return Follower(live, event, avis, avis.employ("Aino"))


@pytest.fixture
def henna(live, event, avis, consultancy):
    """Of the consultancy, in the client's rooms under a grant."""
    subject = consultancy.employ(f"Henna-{avis.slug}", roles=["lead"])
    member = consultancy.person(consultancy.sign_in(subject))["id"]
    grant(avis, consultancy, member, "facilitator")
    return Follower(live, event, consultancy, subject, client=avis.slug)


def sees_the_next(event: Event, follower: Follower) -> bool:
    new = event.change()
    return follower.screen.until(new)[-1]["version"] == new


def test_who_signs_out_in_one_tab_sees_nothing_more_in_the_others(event, avis, kaisa, aino):
    other_tab = kaisa.follow()
    avis.door.post("/sessions/end", json={"secret": kaisa.secret})
    assert kaisa.is_out and other_tab.ended.wait(SOON)
    assert kaisa.ask().status == 401
    assert sees_the_next(event, aino)
    assert kaisa.screen.pictures.empty()


def test_signing_out_on_one_device_leaves_the_other_signed_in(event, avis, live, kaisa):
    phone = Follower(live, event, avis, avis.employ("Kaisa"))
    avis.door.post("/sessions/end", json={"secret": phone.secret})
    assert phone.is_out and sees_the_next(event, kaisa)


def test_whom_the_provider_signs_out_sees_nothing_more(event, avis, monkeypatch, kaisa, aino):
    monkeypatch.setattr(Provider, "keys", lambda *_, **__: KeySet([KEY]))
    told = {"connection_id": str(way_of(avis)), "logout_token": signed(avis, avis.employ("Kaisa"))}
    assert avis.door.post("/logouts", json=told).status_code == 204
    assert kaisa.is_out and kaisa.ask().status == 401
    assert sees_the_next(event, aino)


def test_who_signs_a_lost_phone_out_from_the_list_has_it_shown_nothing_more(event, avis, live, kaisa):
    phone = Follower(live, event, avis, avis.employ("Kaisa"))
    listed = avis.door.post("/sessions/own", json={"secret": kaisa.secret}).json
    [lost] = [one["id"] for one in listed if not one["is_this"]]
    avis.door.post("/sessions/own/end", json={"secret": kaisa.secret, "session_id": lost})
    assert phone.is_out and sees_the_next(event, kaisa)
    avis.door.post("/sessions/own/end-all", json={"secret": kaisa.secret})
    assert kaisa.is_out


def test_who_has_left_the_organisation_sees_nothing_more(event, avis, http, kaisa, aino):
    sari = http("identity").of(avis.id).as_("admin")
    member = avis.person(kaisa.secret)["id"]
    assert sari.post(f"/members/{member}/leaving").status_code == 200
    assert kaisa.is_out and sees_the_next(event, aino)


def test_whom_the_directory_deactivates_is_out_of_pages_and_streams(event, avis, whole, kaisa, aino):
    directory = Directory(avis, whole.test_client(), token_for(avis))
    user = directory.announce("kaisa", externalId=f"kaisa-{avis.slug}")
    directory.change(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert kaisa.is_out and sees_the_next(event, aino)
    assert kaisa.ask().status == 401


def test_who_was_forgotten_sees_nothing_more(avis, http, kaisa):
    me = http("identity").of(avis.id).as_("participant", subject=UUID(avis.person(kaisa.secret)["id"]))
    assert me.delete("/me").status_code == 204
    assert kaisa.is_out


def end_grants(house: House) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        for access in session.query(StaffAccess):
            access.end("Tuula", session)


def test_a_consultant_whose_access_is_ended_sees_nothing_more(event, avis, henna, kaisa):
    end_grants(avis)
    assert henna.is_out and henna.ask().status == 403
    assert sees_the_next(event, kaisa)


def test_a_consultant_is_out_of_one_clients_rooms_and_not_of_the_others(
    live, avis, kelas, consultancy, http, henna
):
    theirs = Event(kelas, http)
    subject = f"henna-{avis.slug}-{consultancy.slug}"
    member = consultancy.person(consultancy.sign_in(subject))["id"]
    grant(kelas, consultancy, member, "facilitator")
    there = Follower(live, theirs, consultancy, subject, client=kelas.slug)
    end_grants(avis)
    assert henna.is_out and sees_the_next(theirs, there)


def test_nobody_sees_more_of_a_client_that_was_suspended_but_strangers_of_their_own(
    live, event, avis, kelas, build, consultancy, http, kaisa, henna
):
    pekkas = Event(kelas, http)
    pekka = Follower(live, pekkas, kelas, kelas.employ("Pekka"))
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(text("UPDATE organisation SET suspended_at = now()"))
        erasure.SignInSession.end_all(session)
    assert kaisa.is_out and henna.is_out
    assert sees_the_next(pekkas, pekka)


@pytest.mark.parametrize(
    "act", ["DELETE FROM visit", "DELETE FROM staff_access", "UPDATE staff_access SET ended_at = now()"]
)
def test_however_it_is_ended_the_database_says_so(act, avis, kaisa, henna):
    """A way of ending that is added one day cannot forget to tell."""
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(text(act))
    assert (henna if "staff" in act else kaisa).is_out


def test_what_is_announced_names_nobody(server, database, avis, consultancy, kaisa, henna):
    members = [avis.person(kaisa.secret)["id"], consultancy.person(henna.secret)["id"]]
    with server.connect(database) as line:
        line.autocommit = True
        line.execute("LISTEN ended")
        end_grants(avis)
        avis.door.post("/sessions/end", json={"secret": kaisa.secret})
        said = [notice.payload for notice in line.notifies(timeout=SOON, stop_after=2)]
    members = {
        house.person(house.sign_in(subject))["id"] for house, subject in ((avis, f"kaisa-{avis.slug}"),)
    }
    assert [payload.partition(":")[0] for payload in said] == [str(avis.id)] * 2
    assert not any(member in payload for member in members for payload in said)


def test_a_sign_out_is_noticed_while_the_announcements_do_not_reach_us(
    live, server, database, avis, kaisa, aino
):
    """The line of announcements is cut and cannot be laid again: identity is asked instead."""
    with server.connect(database) as connection:
        connection.autocommit = True
        connection.execute("ALTER ROLE portal NOLOGIN")
        try:
            assert sever(connection, "portal")
            avis.door.post("/sessions/end", json={"secret": kaisa.secret})
            assert kaisa.is_out
            assert not aino.screen.ended.is_set()
        finally:
            connection.execute("ALTER ROLE portal LOGIN")
    until(live.is_ready)


# in the process itself


@pytest.fixture
def channels():
    channels = Channels(lambda topic: Picture(1, b"id: 1\n\n"))
    yield channels
    channels.close()


@pytest.fixture
def topic():
    return Topic(uuid4(), "townhall", uuid4())


def test_an_access_ends_with_its_last_day_whoever_sleeps(channels, topic):
    """No announcement, no worker: the stream knows the moment itself."""
    soon = Admission(frozenset(), time.monotonic() + 0.2)
    stream = Stream(channels, Admissions(), topic, soon, seen=1)
    next(stream)  # the greeting
    began = time.monotonic()
    with pytest.raises(StopIteration):
        next(stream)
    assert time.monotonic() - began < SOON


def test_identity_says_when_a_standing_ends(avis, consultancy):
    subject = consultancy.employ(f"Jari-{avis.slug}", roles=["lead"])
    secret = consultancy.sign_in(subject)
    grant(avis, consultancy, consultancy.person(secret)["id"], "editor", days=0)
    at_home = consultancy.current(secret, for_stream=True).json
    said = consultancy.current(secret, client=avis.slug, for_stream=True).json
    session_ends = datetime.fromisoformat(at_home["until"])
    assert session_ends <= datetime.now(UTC) + LONGEST
    assert datetime.fromisoformat(said["until"]) == min(day_after(today()), session_ends)
    assert set(said["rests_on"]) == {str(avis.id), str(consultancy.id)}


def test_nothing_is_sent_once_it_has_ended_not_even_what_waited(channels, topic):
    admissions, right = Admissions(), (uuid4(), uuid4())
    stream = Stream(channels, admissions, topic, Admission(frozenset([right]), math.inf), seen=None)
    next(stream)
    stream.follower.show(Picture(2, b"id: 2\n\n"))
    admissions.end(*right)
    with pytest.raises(StopIteration):
        next(stream)


def test_what_ended_while_it_was_asked_about_admits_nobody(channels):
    admissions, right = Admissions(), (uuid4(), uuid4())
    admissions.end(*right)
    assert admissions.has_ended(Admission(frozenset([right]), math.inf))
    assert not admissions.has_ended(Admission(frozenset([(uuid4(), uuid4())]), math.inf))


def test_another_organisation_ends_nothing_of_ours(channels, topic):
    admissions, right = Admissions(), (uuid4(), uuid4())
    stream = Stream(channels, admissions, topic, Admission(frozenset([right]), math.inf), seen=None)
    admissions.end(uuid4(), right[1])
    assert not stream.follower.is_sent_home


def test_who_left_leaves_nothing_behind(channels, topic):
    admissions = Admissions()
    admission = Admission(frozenset([(uuid4(), uuid4())]), math.inf)
    streams = [Stream(channels, admissions, topic, admission, seen=None) for _ in range(3)]
    for stream in streams:
        stream.close()
    assert not admissions._resting


def test_pekka_cannot_ask_whether_somebodys_session_stands(avis, kelas, kaisa):
    said = avis.current(kaisa.secret, for_stream=True).json["rests_on"][str(avis.id)]
    assert avis.door.post("/sessions/ended", json={"ids": said}).json == {"ended": []}
    assert sorted(kelas.door.post("/sessions/ended", json={"ids": said}).json["ended"]) == sorted(said)
