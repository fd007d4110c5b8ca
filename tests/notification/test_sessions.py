"""Whoever has a place at a workshop is told what becomes of it, by mail and in the calendar; the workshops never learn who that is, nor
does anybody keep it. Played through workshop, identity and notification together."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from icalendar import Calendar
from sqlalchemy import select

from services.identity.models import Member, PseudonymKey, StaffAccess
from services.identity.pseudonyms import took_part
from services.identity.pseudonyms.places import free_places_of_leavers
from services.notification.mails import addresses
from services.notification.models import Appointment, Notice
from shared.contracts.identity import MemberJoined, TenantOpened
from shared.contracts.notification import NoticeSent
from shared.contracts.process import RunPlanned
from shared.contracts.workshop import (
    PlacesChanged,
    WorkshopCalledOff,
    WorkshopHandedOver,
    WorkshopScheduled,
)
from shared.database import sessions_of, worker_engine_of
from shared.messaging.messaging_tables import timer
from shared.tenancy.sessions import acting_for
from tests.notification.conftest import asked_by
from tests.workshop.conftest import Run

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IN_A_WEEK = datetime.now(UTC).replace(microsecond=0) + 7 * DAY
LINK = "https://video.example/tyopaja"
NEWS = (WorkshopScheduled, WorkshopCalledOff, WorkshopHandedOver, PlacesChanged)


@dataclass
class Place:
    """The workshops of a run, people who come to them, and the post that follows."""

    world: Any
    run: Run
    members: dict[str, UUID] = field(default_factory=dict)
    heard: int = 0

    def employ(self, name: str, language: str) -> None:
        with sessions_of("identity").begin() as session:
            session.add(member := Member(name=name, email=f"{name.lower()}@avi.example", language=language))
            session.flush()
            self.members[name] = member.id
        joined = MemberJoined(member_id=self.members[name], roles=["participant"], language=language)
        self.world.hear("notification", joined)

    def person(self, name: str):
        """Somebody as the workshops meet them: by pseudonym."""
        with sessions_of("identity").begin() as session:
            key = PseudonymKey.of(self.run.id, "workshop", session)
            return self.run.person(subject=key.pseudonym(self.members[name]))

    def schedule(self, **more) -> dict:
        times = {"starts_at": IN_A_WEEK.isoformat(), "ends_at": (IN_A_WEEK + 2 * HOUR).isoformat()}
        return self.run.schedule(**({"title": "Kokoukset ja hiljainen työ", "link": LINK} | times | more))

    def sign_up(self, workshop: dict, *names: str) -> None:
        for name in names:
            self.run.sign_up([self.person(name)], workshop)

    def give_up(self, workshop: dict, name: str) -> None:
        assert self.person(name).delete(f"/workshops/{workshop['id']}/place").status_code == 200

    def change(self, workshop: dict, **more) -> None:
        names = ("title", "link", "starts_at", "ends_at", "places")
        answer = self.run.anna.put(
            f"/workshops/{workshop['id']}", json={name: workshop[name] for name in names} | more
        )
        assert answer.status_code == 200, answer.json

    def move(self, workshop: dict, by: timedelta = DAY) -> None:
        times = {"starts_at": IN_A_WEEK + by, "ends_at": IN_A_WEEK + by + 2 * HOUR}
        self.change(workshop, **{name: time.isoformat() for name, time in times.items()})

    def call_off(self, workshop: dict) -> None:
        assert self.run.anna.delete(f"/workshops/{workshop['id']}").status_code == 200

    def tells(self) -> None:
        """What the workshops have told since, notification hears."""
        told = self.world.told("workshop", *NEWS)
        self.world.hear("notification", *told[self.heard :])
        self.heard = len(told)

    def ten_minutes_pass(self) -> None:
        """The mark comes at which is told that places have changed."""
        while self.world.let_time_pass("workshop"):
            continue
        self.tells()


@pytest.fixture
def place(world, avi, smtp, http, hear, monkeypatch) -> Place:
    def way_to(service: str) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://{service}", transport=httpx2.WSGITransport(world.app(service)))

    monkeypatch.setattr(took_part, "way_to", way_to)
    monkeypatch.setattr(addresses, "identity", lambda: asked_by(httpx2.WSGITransport(world.app("identity"))))
    run = Run(http("workshop"), hear)
    planned = RunPlanned(run_id=run.id, template="hybrid-work", languages=["fi"])
    hear("workshop", planned)
    hear("identity", planned)
    hear("notification", TenantOpened(kind="client", slug="avi", languages=["fi", "sv"]))
    place = Place(world, run)
    for name, language in (("Kaisa", "fi"), ("Mikael", "sv"), ("Tuula", "fi"), ("Linnea", "en")):
        place.employ(name, language)
    return place


@pytest.fixture
def offered(place, an_hour_passes):
    """A session that was offered to all, with a place for Kaisa and Mikael, and Tuula waiting."""
    workshop = place.schedule(places=2)
    place.sign_up(workshop, "Kaisa", "Mikael", "Tuula")
    place.tells()
    an_hour_passes()
    return workshop


@pytest.fixture
def alarms_of(world):
    def by_name(service: str) -> dict[str, datetime]:
        ours = select(timer.c.name, timer.c.due_at).filter_by(tenant_id=world.avi)
        with worker_engine_of(service).connect() as connection:
            return dict(connection.execute(ours).all())

    return by_name


@pytest.fixture
def news(mails):
    """What each has got beside the offer: {"kaisa": [message, ...]}."""
    return lambda: {name: got[1:] for name, got in mails().items() if got[1:]}


def calendar_in(mail) -> Any:
    [attached] = mail.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(attached.get_content())
    assert str(calendar["method"]) == attached.get_param("method")
    return calendar


def event_in(mail) -> Any:
    [event] = calendar_in(mail).walk("VEVENT")
    return event


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def test_who_has_a_place_is_told_the_new_time_and_nobody_else(place, offered, an_hour_passes, news, told):
    place.move(offered)
    place.tells()
    an_hour_passes()
    got = news()
    assert set(got) == {"kaisa", "mikael", "tuula"}
    [mail] = got["kaisa"]
    assert mail["Subject"].startswith("Uusi aika: Kokoukset ja hiljainen työ, ")
    assert "Paikkasi säilyy." in text_of(mail) and f"/runs/{place.run.id}/workshops" in text_of(mail)
    assert got["mikael"][0]["Subject"].startswith("Ny tid: ")
    assert "jonossa" in text_of(got["tuula"][0]) and not list(got["tuula"][0].iter_attachments())
    assert not told("notification", NoticeSent)[len(place.members) :], "of no single one is told"


def test_the_calendar_file_asks_for_the_new_time_by_its_own_title_place_and_number(
    place, offered, an_hour_passes, news
):
    """RFC 5546, 3.2.2: the same UID, a higher SEQUENCE, ORGANIZER and the one ATTENDEE."""
    place.move(offered)
    place.tells()
    an_hour_passes()
    [mail] = news()["kaisa"]
    event = event_in(mail)
    assert calendar_in(mail)["method"] == "REQUEST"
    assert event["uid"] == f"{offered['id']}@polku.localhost" and event["sequence"] == 1
    assert event.decoded("dtstart") == IN_A_WEEK + DAY
    assert str(event["summary"]) == "Kokoukset ja hiljainen työ" and str(event["location"]) == LINK
    assert str(event["organizer"]).startswith("mailto:") and event["attendee"] == "mailto:kaisa@avi.example"
    assert f"/runs/{place.run.id}/workshops#workshop-{offered['id']}" in event["url"]


def test_of_what_is_called_off_the_date_goes_out_of_calendars(place, offered, an_hour_passes, news):
    place.move(offered)
    place.call_off(offered)
    place.tells()
    an_hour_passes()
    [mail] = news()["kaisa"]
    event = event_in(mail)
    assert mail["Subject"].startswith("Peruttu: ") and "jokin toinen työpaja" in text_of(mail)
    assert calendar_in(mail)["method"] == "CANCEL" and event["status"] == "CANCELLED"
    assert event["uid"] == f"{offered['id']}@polku.localhost" and event["sequence"] == 2
    assert set(news()) == {"kaisa", "mikael", "tuula"}


def test_whoever_leads_now_and_where_the_talking_happens_is_told_with_the_time_that_stays(
    place, offered, an_hour_passes, news
):
    bertil = place.run.bertil
    with sessions_of("identity").begin() as session:
        grant = {"roles": ["facilitator"], "reason": "Työpajat", "ends_on": IN_A_WEEK.date()}
        by = {"granted_by": "Sari", "home_id": uuid4(), "staff_name": "Bertil Berg"}
        session.add(StaffAccess(staff_id=bertil.who.subject, **grant, **by))
    place.change(offered, link="https://video.example/toinen")
    assert bertil.put(f"/workshops/{offered['id']}/facilitator", json={}).status_code == 200
    place.tells()
    an_hour_passes()
    [mail] = news()["mikael"]
    assert mail["Subject"].startswith("Ändring: ")
    assert "https://video.example/toinen" in text_of(mail) and "Bertil Berg" in text_of(mail)
    assert event_in(mail)["sequence"] == 2 and event_in(mail)["location"] == "https://video.example/toinen"


def test_more_places_alone_are_no_news_to_those_who_have_one(place, offered, an_hour_passes, news):
    place.change(offered, places=2)
    place.tells()
    an_hour_passes()
    assert news() == {}


def test_who_moves_up_and_who_gave_up_is_told_and_nobody_else(place, offered, an_hour_passes, news):
    place.give_up(offered, "Mikael")
    place.ten_minutes_pass()
    an_hour_passes()
    got = news()
    assert set(got) == {"mikael", "tuula"}
    [up], [gone] = got["tuula"], got["mikael"]
    assert up["Subject"].startswith("Sinulla on paikka: ") and calendar_in(up)["method"] == "REQUEST"
    assert gone["Subject"].startswith("Du har lämnat din plats: ") and calendar_in(gone)["method"] == "CANCEL"
    assert event_in(gone)["sequence"] > 0
    assert event_in(up)["sequence"] > event_in(gone)["sequence"], "whoever signs up again has a later one"


def test_more_places_let_the_waiting_in_and_tell_them(place, offered, an_hour_passes, news):
    place.change(offered, places=5)
    place.ten_minutes_pass()
    an_hour_passes()
    assert set(news()) == {"tuula"}


def test_who_signs_up_again_before_the_mark_is_told_nothing(place, offered, an_hour_passes, news):
    place.change(offered, places=5)
    place.ten_minutes_pass()
    an_hour_passes()
    place.give_up(offered, "Kaisa")
    place.sign_up(offered, "Kaisa")
    place.ten_minutes_pass()
    an_hour_passes()
    assert set(news()) == {"tuula"}


def test_no_event_has_the_moment_at_which_somebody_gave_up_or_says_who(place, offered):
    place.give_up(offered, "Mikael")
    assert place.world.told("workshop", PlacesChanged) == []
    place.ten_minutes_pass()
    [told] = place.world.told("workshop", PlacesChanged)
    assert (told.session_id, told.telling) == (UUID(offered["id"]), 1)


def test_nothing_says_afterwards_who_was_told_or_was_not(place, offered, an_hour_passes, session_of):
    place.move(offered)
    place.give_up(offered, "Mikael")
    place.ten_minutes_pass()
    with session_of("notification") as session:
        before = len(session.scalars(select(Notice)).all())
    an_hour_passes()
    with session_of("notification") as session:
        assert len(session.scalars(select(Notice)).all()) == before == len(place.members), "of the offer"


def test_the_day_before_those_who_have_a_place_are_reminded_once(place, offered, time_passes, news):
    time_passes()
    time_passes()
    got = news()
    assert set(got) == {"kaisa", "mikael"}
    [mail] = got["kaisa"]
    assert mail["Subject"].startswith("Muistutus: ") and LINK in text_of(mail)
    assert calendar_in(mail)["method"] == "REQUEST" and event_in(mail)["sequence"] == 0


def test_the_reminder_comes_the_day_before_and_not_of_what_is_off(
    place, offered, session_of, time_passes, news
):
    with session_of("notification") as session:
        date = session.scalars(select(Appointment).filter_by(id=UUID(offered["id"]))).one()
        assert date.reminder_at == IN_A_WEEK - DAY
    place.call_off(offered)
    place.tells()
    time_passes()
    assert {name: len(got) for name, got in news().items()} == {"kaisa": 1, "mikael": 1, "tuula": 1}


def test_who_wishes_no_such_mails_gets_none(place, offered, an_hour_passes, news, http):
    mine = http("notification").as_("participant", subject=place.members["Kaisa"])
    assert mine.put("/wishes", json={"changes": False}).status_code == 200
    place.move(offered)
    place.tells()
    an_hour_passes()
    assert set(news()) == {"mikael", "tuula"}


def test_a_leavers_place_is_free_and_who_waited_is_told(place, offered, an_hour_passes, news):
    with sessions_of("identity").begin() as session:
        session.get_one(Member, (place.world.avi, place.members["Kaisa"])).leave()
    free_places_of_leavers(place.world.avi)
    place.ten_minutes_pass()
    an_hour_passes()
    assert set(news()) == {"tuula"}
    assert place.person("Tuula").get(f"/workshops/{offered['id']}").json["mine"]["moved_up"] is True
    assert place.person("Kaisa").get(f"/workshops/{offered['id']}").json["mine"] is None
    assert place.person("Mikael").get(f"/workshops/{offered['id']}").json["mine"]["is_waiting"] is False


def test_who_came_back_keeps_the_place(place, offered):
    with sessions_of("identity").begin() as session:
        kaisa = session.get_one(Member, (place.world.avi, place.members["Kaisa"]))
        kaisa.leave()
        kaisa.come_back()
    free_places_of_leavers(place.world.avi)
    assert place.person("Kaisa").get(f"/workshops/{offered['id']}").json["mine"]["is_waiting"] is False


def test_leaving_has_the_places_freed_at_the_full_hour(place, offered, alarms_of):
    with sessions_of("identity").begin() as session:
        session.get_one(Member, (place.world.avi, place.members["Kaisa"])).leave()
    at = alarms_of("identity")["free_places"]
    assert (at.minute, at.second, at.microsecond) == (0, 0, 0) and at > datetime.now(UTC)


def test_pekkas_organisation_learns_nothing_and_frees_nothing(place, offered, an_hour_passes, news):
    with acting_for(place.world.kela):
        free_places_of_leavers(place.world.kela)
    pekka = place.world.door("workshop").of(place.world.kela).as_("lead")
    assert pekka.delete(f"/workshops/{offered['id']}").status_code == 404
    an_hour_passes()
    assert news() == {}
