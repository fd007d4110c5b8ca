"""What the audit log says of what people did: who, about whom, and nothing that they wrote."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import select, text, update

from services.identity import erasure, lockout
from services.identity.audit.chain import digest_of
from services.identity.audit.day import note_the_day_before, tell_the_head
from services.identity.audit.models.entry import AuditEntry
from services.identity.audit.reading import first_break
from services.identity.audit.timers import DAY_IS_OVER, HEAD_IS_MAILED
from services.identity.base import beginning_of, today
from services.identity.models import Member, Organisation, StaffAccess
from shared.contracts.identity import AuditLogGrew
from shared.contracts.notification import WebhookChanged
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.contracts.publishing import WorkbookLaunched
from shared.database import sessions_of, worker_sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House, grant
from tests.identity.test_clients import inside
from tests.identity.test_lockout import TWO, is_led_by


def log(house: House, *kinds: str) -> list[AuditEntry]:
    with acting_for(house.id), sessions_of("identity")() as session:
        assert first_break({}, session) is None
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        return [entry for entry in entries if entry.kind in kinds]


def facts(entry: AuditEntry) -> dict:
    return msgspec.json.decode(entry.facts)


@pytest.fixture
def sari(avis):
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


@pytest.fixture
def henna(avis, consultancy) -> str:
    """A consultant's session; she leads this client's path."""
    secret = consultancy.let_in(consultancy.employ("Henna", roles=["lead"]))
    is_led_by(consultancy, avis)
    grant(avis, consultancy, consultancy.member(secret), "lead")
    return secret


def test_who_gives_a_role_and_takes_it_is_read_with_whose_it_was(avis, sari):
    kaisa = avis.member(avis.let_in(avis.employ("Kaisa")))
    assert sari.post(f"/members/{kaisa}/roles", json={"role": "designer"}).status_code == 200
    assert sari.post(f"/members/{kaisa}/roles", json={"role": "designer"}).status_code == 200
    assert sari.delete(f"/members/{kaisa}/roles/designer").status_code == 200
    given, taken = log(avis, "roles_changed")
    assert {(e.side, e.actor_id, e.about_id) for e in (given, taken)} == {
        ("own", sari.who.subject, UUID(kaisa))
    }
    assert facts(given) == {"given": ["designer"], "taken": []} and facts(taken) == {
        "given": [],
        "taken": ["designer"],
    }


def test_a_way_in_that_is_changed_stands_there_with_its_change(avis, sari):
    (way,) = sari.get("/connections").json
    sari.post(
        "/connections", json={"name": "Toinen", "issuer": way["issuer"], "client_id": "x", "domains": []}
    )
    entry = log(avis, "way_in_changed")[-1]
    assert (entry.side, entry.actor_id, facts(entry)["how"]) == ("own", sari.who.subject, "made")


def test_a_lockout_that_the_operator_mended_is_the_operators(avis, sari):
    (way,) = sari.get("/connections").json
    lockout.confirm(avis.slug, UUID(way["id"]), TWO, "Their provider is gone.")
    entry = log(avis, "way_in_changed")[-1]
    assert (entry.side, entry.actor_id, facts(entry)["how"]) == ("operator", None, "mended")
    assert "Aalto" not in entry.facts


def test_the_client_reads_when_a_consultant_first_came_in_on_a_day(avis, henna, consultancy):
    for _ in range(3):
        assert consultancy.current(henna, client=avis.slug).status_code == 200
    (came,) = log(avis, "came_in")
    assert (came.side, str(came.actor_id)) == ("guest", consultancy.member(henna))
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        assert session.scalars(select(StaffAccess)).one().id == came.about_id
        session.execute(update(StaffAccess).values(last_used_on=today() - timedelta(days=1)))
    assert consultancy.current(henna, client=avis.slug).status_code == 200
    assert len(log(avis, "came_in")) == 2


def test_who_ends_access_is_read_with_whose_it_was(avis, sari, henna):
    with acting_for(avis.id), sessions_of("identity")() as session:
        granted = session.scalars(select(StaffAccess)).one()
    assert sari.post(f"/staff-access/{granted.id}/end").status_code == 200
    (given,), (ended,) = log(avis, "access_granted"), log(avis, "access_ended")
    assert facts(given) == {
        "reason": digest_of("Leads our path."),
        "roles": ["lead"], "until": granted.ends_on.isoformat(), "whom": str(granted.staff_id)
    }  # fmt: skip
    assert (ended.side, ended.actor_id, ended.about_id) == ("own", sari.who.subject, granted.id)


def test_a_consultant_who_stands_before_the_rooms_without_a_grant_is_read_once_an_hour(
    avis, consultancy, kelas
):
    secret = consultancy.let_in(consultancy.employ("Olli"))
    assert consultancy.current(secret, client=avis.slug).status_code == 403
    assert (
        log(avis, "access_refused") == []
    )  # this consultancy does not lead it: its people are nobody's business here
    is_led_by(consultancy, avis)
    for _ in range(3):
        assert consultancy.current(secret, client=avis.slug).status_code == 403
    (refused,) = log(avis, "access_refused")
    assert str(refused.actor_id) == consultancy.member(secret) and refused.at.minute == 0
    pekka = kelas.let_in(kelas.employ("Pekka"))
    assert kelas.current(pekka, client=avis.slug).status_code == 403
    assert len(log(avis, "access_refused")) == 1


def test_a_refused_sign_in_is_read_with_its_reason_and_without_a_person(avis):
    stranger = avis.employ("Tapio", email="tapio@elsewhere.example")
    for _ in range(2):
        brought = avis.provider.sign_in(avis.begin()["url"], stranger)
        assert avis.door.post("/sign-ins/callback", json=brought).status_code == 403
    (refused,) = log(avis, "sign_in_refused")
    assert (
        facts(refused) == {"why": "not-your-domain"} and refused.actor_id is None and refused.at.minute == 0
    )


def test_a_sign_in_of_the_consultancys_people_is_noted_and_of_a_clients_people_nothing_at_that_moment(
    avis, consultancy
):
    kaisa, henna = (
        avis.sign_in(avis.employ("Sari", roles=["admin"])),
        consultancy.sign_in(consultancy.employ("Helvi")),
    )
    came = log(consultancy, "signed_in")[-1]
    assert str(came.actor_id) == consultancy.member(henna)
    assert kaisa and log(avis, "signed_in", "employees_signed_in") == []


def yesterday_is_over(house: House) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(signed_in_on=today() - timedelta(days=1)))
    with acting_for(house.id), worker_sessions_of("identity").begin() as session:
        note_the_day_before(session)


def test_of_a_day_administrators_are_named_and_others_counted_in_fives(avis):
    sari = avis.member(avis.let_in(avis.employ("Sari", roles=["admin"])))
    for number in range(7):
        avis.let_in(avis.employ(f"Person{number}"))
    yesterday_is_over(avis)
    (admin,), (others,) = log(avis, "signed_in"), log(avis, "employees_signed_in")
    assert str(admin.actor_id) == sari and facts(others) == {"at_least": 5} and others.actor_id is None
    assert {admin.at, others.at} == {beginning_of(today() - timedelta(days=1))}


def test_few_are_not_counted_and_nobody_is_not_mentioned(avis, kelas):
    avis.let_in(avis.employ("Kaisa"))
    yesterday_is_over(avis)
    yesterday_is_over(kelas)
    assert [facts(entry) for entry in log(avis, "employees_signed_in")] == [{"at_least": 0}]
    assert log(kelas, "employees_signed_in") == []


def test_the_consultancys_days_are_not_noted_twice(consultancy):
    consultancy.let_in(consultancy.employ("Helvi"))
    before = len(log(consultancy, "signed_in"))
    yesterday_is_over(consultancy)
    assert len(log(consultancy, "signed_in")) == before


def told_heads(house: House, told) -> list[AuditLogGrew]:
    with acting_for(house.id), worker_sessions_of("identity").begin() as session:
        tell_the_head(session)
    return told("identity", AuditLogGrew, tenant=house.id)


def test_the_head_is_told_once_for_each_end_of_the_log(avis, told):
    (last,) = [log(avis, "organisation_opened", "way_in_changed")[-1]]
    (head,) = told_heads(avis, told)
    assert (head.entries, head.seal) == (last.number, last.hash.hex())
    assert told_heads(avis, told) == [head]
    yesterday_is_over(avis)
    assert told_heads(avis, told) == [head]  # nothing has happened since but the mail
    inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"]))).post(
        "/hosts-of-our-own", json={"name": "polku.avi.example"}
    )
    assert len(told_heads(avis, told)) == 2
    with acting_for(avis.id), sessions_of("identity")() as session:
        heads = {each.entries: bytes.fromhex(each.seal) for each in told_heads(avis, told)}
        assert first_break(heads, session) is None


def test_the_timers_say_what_a_day_was_and_mail_the_head_the_morning_after(world, avi):
    with sessions_of("identity").begin() as session:
        Organisation.open(session, slug=f"a{avi.hex[:12]}", name="Avi", kind="client", languages=["fi"])
    for timer, then in ((DAY_IS_OVER, HEAD_IS_MAILED), (HEAD_IS_MAILED, DAY_IS_OVER)):
        with worker_sessions_of("identity").begin() as session:
            world.listeners("identity").timers[timer](avi, session)
            set_now = session.scalars(
                text("SELECT name FROM timer WHERE tenant_id = :avi"), {"avi": avi}
            ).all()
            assert then in set_now
    assert world.told("identity", AuditLogGrew)


def test_closing_the_rooms_stands_in_the_clients_log(avis, consultancy):
    is_led_by(consultancy, avis)
    erasure.suspend(avis.slug, "Unpaid", "matti")
    erasure.reopen(avis.slug)
    assert [entry.side for entry in log(avis, "rooms_closed", "rooms_reopened")] == ["operator", "operator"]


def test_the_role_that_decides_and_comes_by_the_directory_is_noted_by_the_day(avis):
    sari = avis.employ("Sari", roles=["admin"])
    avis.let_in(sari)
    avis.people[sari]["roles"] = []
    member = avis.member(avis.let_in(sari))
    given, taken = log(avis, "roles_vouched")
    assert str(given.about_id) == member and facts(given) == {"given": ["admin"], "taken": []}
    assert facts(taken) == {"given": [], "taken": ["admin"]} and taken.at == beginning_of(today())


def test_nothing_that_anybody_is_called_or_wrote_is_in_the_log(avis, sari, henna, consultancy):
    consultancy.current(henna, client=avis.slug)
    sari.patch("/organisation", json={"name": "Uusi nimi", "reply_to": "sari@avi.example"})
    with acting_for(avis.id), sessions_of("identity")() as session:
        rows = session.scalars(select(AuditEntry)).all()
        assert {"organisation_changed", "came_in", "access_granted"} <= {row.kind for row in rows}
        said = " ".join(row.facts for row in rows)
    assert not any(word in said for word in ("Sari", "Henna", "Uusi", "@", "Leads"))


def test_what_other_services_did_stands_there_with_who_did_it_once(avis, consultancy, henna):
    run_id, sari = uuid4(), avis.member(avis.let_in(avis.employ("Sari", roles=["admin"])))
    opened = PhaseOpened(run_id=run_id, phase="views", activities=[], by_id=UUID(consultancy.member(henna)))
    launched = WorkbookLaunched(
        run_id=run_id, edition_id=uuid4(), number=2, launched_at=beginning_of(today()), by_id=UUID(sari)
    )
    registered = WebhookChanged(webhook_id=uuid4(), what="registered", by_id=UUID(sari))
    by_the_clock = PhaseClosed(run_id=run_id, phase="views", activities=[])
    with acting_for(avis.id):
        avis.world.hear("identity", opened, launched, registered, by_the_clock)
    (first,), (second,), (third,) = (
        log(avis, kind) for kind in ("phase_opened", "workbook_launched", "phase_closed")
    )
    assert (first.side, str(first.actor_id), first.run_id) == ("guest", consultancy.member(henna), run_id)
    (endpoint,) = log(avis, "webhook_changed")
    assert (endpoint.about_id, facts(endpoint)) == (registered.webhook_id, {"what": "registered"})
    assert facts(first) == {"phase": "views"} and facts(second) == {"edition": 2}
    assert (second.side, str(second.actor_id)) == ("own", sari) and (third.side, third.actor_id) == (
        "polku",
        None,
    )
