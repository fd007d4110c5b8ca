"""Who administers a client, or has stolen an administrator's session, tries to get further by it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text

from infra.database.postgres import free_port
from infra.demo.mailbox import Postman
from infra.one_machine.processes import WEB_THREADS
from infra.processes.ports import LOOPBACK
from services.identity.base import today
from services.identity.models import ConfirmationLink, Connection, Member
from services.identity.people import accounts
from services.identity.sign_in.provider import SLOTS
from services.identity.tenants.dns_proof import DnsAway, proves
from shared.contracts.process import PhaseOpened, PlanAgreed
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.cleaning import shows_something
from shared.web.outbound import Deadline
from tests.attacks.test_ways_in import KEPT, comes_by, follow, ours, the_link
from tests.attacks.test_ways_in import evil as evil
from tests.attacks.test_ways_in import evils_way as evils_way
from tests.attacks.test_ways_in import sari as sari
from tests.identity.houses import grant
from tests.identity.test_clients import inside
from tests.notification.conftest import an_hour_passes as an_hour_passes
from tests.notification.conftest import connections_held as connections_held
from tests.notification.conftest import identity as identity
from tests.notification.conftest import joins as joins
from tests.notification.conftest import mailbox as mailbox
from tests.notification.conftest import mails as mails
from tests.notification.conftest import people as people
from tests.notification.conftest import post_everything as post_everything
from tests.notification.conftest import smtp as smtp
from tests.notification.conftest import time_passes as time_passes
from tests.notification.test_ways_in import changed
from tests.notification.webhooks import one_machine as one_machine
from tests.notification.webhooks import receiver as receiver


@pytest.fixture
def timo(avis, sari):
    """A second administrator, or whoever has stolen his session."""
    return inside(avis, avis.sign_in(avis.employ("Timo", roles=["admin"])))


def found(door, words: str) -> dict:
    (person,) = door.get(f"/members?words={words}").json["items"]
    return person


def where_the_link_goes(door, way) -> str:
    """To whom, or why to nobody."""
    answer = door.post(f"/connections/{way['id']}/link").json
    return answer.get("sent_to") or answer["code"]


# who confirms a way in


def test_who_sends_the_first_administrator_away_does_not_become_it(timo, evils_way):
    assert where_the_link_goes(timo, evils_way) == "Sari"
    timo.post(f"/members/{found(timo, 'sari')['id']}/leaving")
    assert where_the_link_goes(timo, evils_way) == "nobody-to-ask"


def test_a_listed_administrator_who_never_came_confirms_nothing(evils_way, timo):
    """An address on a list may be anybody's; Elina's stands there with the role, and for longer than Timo's."""
    timo.post(f"/members/{found(timo, 'sari')['id']}/leaving")
    assert found(timo, "elina")["roles"] == ["admin", "participant"]
    assert where_the_link_goes(timo, evils_way) == "nobody-to-ask"


def test_a_third_administrator_who_has_signed_in_confirms_it_then(avis, timo, evils_way):
    avis.sign_in(avis.employ("Vilma", roles=["admin"]))
    timo.post(f"/members/{found(timo, 'sari')['id']}/leaving")
    assert where_the_link_goes(timo, evils_way) == "Vilma"


def test_a_link_ends_with_the_role_of_whoever_got_it(avis, timo, evils_way):
    """A way in that was prepared before one was dismissed is not confirmed afterwards."""
    link = the_link(avis)
    timo.post(f"/members/{found(timo, 'sari')['id']}/leaving")
    assert follow(avis, link, confirm=True).json["code"] == "link-is-over"


def test_what_is_to_be_confirmed_is_shown_with_its_names_of_claims(avis, sari, evils_way, browse, whole):
    """One's own provider, but a claim for the address that anybody there can write."""
    turned = {name: evils_way[name] for name in KEPT} | {"claims": {"email": "nickname"}}
    assert sari.put(f"/connections/{evils_way['id']}", json=turned).status_code == 200
    link = the_link(avis)
    page = browse(avis).get(f"/ways-in/{link.id}/{link.secret}")
    assert "email = nickname" in page.text


@pytest.fixture
def closed_way(sari, evils_way) -> str:
    """The address of a way in that was closed before anybody confirmed it."""
    address = f"/connections/{evils_way['id']}"
    assert sari.delete(address).json["closed_at"]
    return address


def test_no_link_is_sent_for_a_way_in_that_is_closed(avis, sari, evils_way, closed_way):
    """Whoever gets it would confirm what nobody sees at the sign-in, and what is opened again later."""
    refused = sari.post(f"{closed_way}/link")
    assert (refused.status_code, refused.json["code"]) == (409, "is-closed")
    renamed = sari.put(closed_way, json={name: evils_way[name] for name in KEPT} | {"name": "Kolmas"})
    assert renamed.status_code == 200
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.scalars(select(ConfirmationLink)).all() == []
    sari.post(f"{closed_way}/reopening")
    assert sari.post(f"{closed_way}/link").status_code == 201


def test_a_link_from_before_confirms_nothing_that_is_closed(avis, sari, evils_way):
    """One that was asked for while its way in was closed, when that was still possible."""
    link = the_link(avis)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.get(Connection, (avis.id, UUID(evils_way["id"]))).closed_at = datetime.now(UTC)
    for asked in ({}, {"confirm": True}):
        refused = follow(avis, link, **asked)
        assert (refused.status_code, refused.json["code"]) == (409, "is-closed")
    assert not any(way["is_confirmed"] for way in sari.get("/connections").json if way["closed_at"])


def test_records_confirm_nothing_that_is_closed(sari, evils_way, closed_way, zone):
    for record in evils_way["records"]:
        zone.records[record["record"]] = [record["text"]]
    assert sari.post(f"{closed_way}/proof").json["code"] == "is-closed"
    sari.post(f"{closed_way}/reopening")
    assert sari.post(f"{closed_way}/proof").json["is_confirmed"]


def many(**how_many: int) -> dict:
    """A way in's settings with so many of each."""
    made = {
        "domains": lambda number: [f"d{one}.example" for one in range(number)],
        "claims": lambda number: {f"claim-{one}": "x" for one in range(number)},
        "role_names": lambda number: {f"group-{one}": "coordinator" for one in range(number)},
    }
    return {name: made[name](number) for name, number in how_many.items()}


MOST = {"domains": 50, "claims": 50, "role_names": 200}


@pytest.mark.parametrize("name", MOST)
def test_whoever_confirms_a_way_in_can_read_all_of_it(avis, sari, evils_way, name):
    """Among thousands of domains or groups nobody sees the one that matters."""
    kept, one = {each: evils_way[each] for each in KEPT}, f"/connections/{evils_way['id']}"
    too_many = many(**{name: MOST[name] + 1})
    another = kept | too_many | {"issuer": avis.provider.issuer}
    for refused in (sari.put(one, json=kept | too_many), sari.post("/connections", json=another)):
        assert (refused.status_code, refused.json["code"]) == (422, "too-long-to-read")
    assert sari.put(one, json=kept | many(**{name: MOST[name]})).status_code == 200


def test_a_way_in_that_is_longer_already_works_and_becomes_no_longer(avis, sari):
    long = many(domains=60) | {"role_names": many(role_names=220)["role_names"] | {"admin": "admin"}}
    long["domains"][0] = avis.domain
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        way = session.scalars(select(Connection)).one()
        way.domains, way.role_names = long["domains"], long["role_names"]
    avis.sign_in(avis.employ("Kaisa"))
    kept = ours(sari)
    one = f"/connections/{kept.pop('id')}"
    assert sari.put(one, json=kept | {"name": "Oma"}).status_code == 200
    sari = inside(avis, avis.sign_in("sari-" + avis.slug))
    longer = sari.put(one, json=kept | {"domains": [*kept["domains"], "one-more.example"]})
    assert longer.json["code"] == "too-long-to-read"


# lists of people, while a way in is not confirmed


def listed(house, *names: str) -> dict:
    return {
        "people": [
            {"name": name, "email": f"{name.lower()}@{house.domain}", "unit": "Työsuojelu"} for name in names
        ]
    }


def here(door, words: str) -> list[str]:
    return [member["id"] for member in door.get(f"/members?words={words}").json["items"]]


def changes_the_claims(door) -> None:
    way = ours(door)
    answer = door.put(f"/connections/{way.pop('id')}", json=way | {"claims": {"email": "nickname"}})
    assert answer.status_code == 200 and not answer.json["is_confirmed"]


def test_who_joined_while_the_way_in_was_confirmed_stays_known_to_lists(avis, sari):
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    changes_the_claims(sari)
    sari = inside(avis, avis.sign_in("sari-" + avis.slug))
    taken = sari.post("/people-list", json=listed(avis, "Mikael", "Kaisa")).json
    assert taken == {"added": 1, "changed": 1, "unchanged": 0}
    assert here(sari, "mikael") == [mikael]


def test_nobody_takes_a_listed_address_by_a_claim_that_is_not_confirmed(avis, sari):
    """Mikael writes Kaisa's address where the claims are said to read it now; lists would give him what is hers."""
    mikael = avis.person(avis.sign_in(avis.employ("Mikael")))["id"]
    changes_the_claims(sari)
    avis.sign_in(avis.employ("Mikael", nickname=f"kaisa@{avis.domain}"))
    sari = inside(avis, avis.sign_in("sari-" + avis.slug))
    assert sari.get(f"/members/{mikael}").json["email"] == f"mikael@{avis.domain}"
    assert sari.post("/people-list", json=listed(avis, "Kaisa")).json["added"] == 1


def test_who_was_listed_beside_an_unconfirmed_account_is_one_person_once_it_is_confirmed(
    avis, sari, evil, evils_way
):
    """An account of an unconfirmed way in is nobody on a list; the second row goes when the way in speaks for the address."""
    uusi = avis.person(comes_by(avis, evils_way, evil, "Uusi").json["secret"])["id"]
    with_a_role = {"email": f"uusi@{avis.domain}", "roles": ["coordinator"]}
    assert sari.post("/people-list", json={"people": [with_a_role]}).json["added"] == 1
    assert len(here(sari, "uusi")) == 2
    avis.confirm()
    comes_by(avis, evils_way, evil, "Uusi")
    assert here(sari, "uusi") == [uusi]
    assert sari.get(f"/members/{uusi}").json["roles"] == ["coordinator", "participant"]


@pytest.mark.parametrize("latest", ["first", "second"])
def test_of_two_accounts_with_one_address_a_list_takes_back_the_one_used_lately(avis, sari, latest):
    accounts = {"first": avis.employ("Kaisa"), "second": avis.employ("Toinen", email=f"KAISA@{avis.domain}")}
    ids = {name: avis.person(avis.sign_in(subject))["id"] for name, subject in accounts.items()}
    avis.sign_in(accounts[latest])
    used = {name: today() - timedelta(0 if name == latest else 3) for name in ids}
    for name, id in ids.items():
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            session.get(Member, (avis.id, UUID(id))).signed_in_on = used[name]
        sari.post(f"/members/{id}/leaving")
    for _ in range(2):
        sari.post("/people-list", json=listed(avis, "Kaisa"))
        assert here(sari, "kaisa") == [ids[latest]]


def test_a_list_takes_back_nobody_while_another_account_of_the_address_is_here(avis, sari):
    first = avis.person(avis.sign_in(avis.employ("Kaisa")))["id"]
    second = avis.person(avis.sign_in(avis.employ("Toinen", email=f"kaisa@{avis.domain}")))["id"]
    sari.post(f"/members/{second}/leaving")
    sari.post("/people-list", json=listed(avis, "Kaisa"))
    assert here(sari, "kaisa@") == [first]


def test_two_lists_at_once_add_a_new_address_once(avis, sari):
    people = {"people": [{"email": f"uusi{number}@{avis.domain}"} for number in range(40)]}
    with ThreadPoolExecutor(2) as hands:
        taken = list(hands.map(lambda _: sari.post("/people-list", json=people).json["added"], range(2)))
    assert sorted(taken) == [0, 40]


def test_a_list_waits_for_the_first_sign_in_of_an_address(avis, sari, monkeypatch):
    """A list that does not see who is joining would add the person a second time."""
    joins_then = accounts.newcomer

    def while_a_list_is_taken_in(connection, claims, session):
        lists.append(hands.submit(sari.post, "/people-list", json=listed(avis, "Uusi")))
        while not lists[0].done() and not waits_for_the_list(session):
            pass
        return joins_then(connection, claims, session)

    lists: list = []
    monkeypatch.setattr(accounts, "newcomer", while_a_list_is_taken_in)
    with ThreadPoolExecutor(1) as hands:
        uusi = avis.person(avis.sign_in(avis.employ("Uusi")))["id"]
        assert lists[0].result(60).json["added"] == 0
    assert here(sari, "uusi") == [uusi]


def waits_for_the_list(session) -> bool:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return bool(session.scalar(waiting))


# the log


def test_no_flood_of_changes_pushes_one_out_of_the_log(sari, evils_way):
    """Thirty changes in ten minutes are all there are, and what came before them stays on the pages after."""
    kept = {name: evils_way[name] for name in KEPT}
    flood = [
        sari.put(f"/connections/{evils_way['id']}", json=kept | {"name": f"Toinen {number}"}).status_code
        for number in range(31)
    ]
    assert flood == [200] * 30 + [429]
    latest = sari.get("/ways-in?limit=30").json
    before = sari.get(f"/ways-in?after={latest['next']}").json
    assert [change["kind"] for change in latest["changes"]] == ["edited"] * 30
    assert before["changes"][0]["kind"] == "made"


def test_the_log_names_nobody_as_a_list_would_have_it(avis, timo):
    """Who acts could otherwise be called like a colleague meanwhile."""
    people = [{"email": f"timo@{avis.domain}", "name": "Sari"}]
    assert timo.post("/people-list", json={"people": people}).status_code == 200
    assert found(timo, f"timo@{avis.domain}")["name"] == "Timo"


# threads


@pytest.fixture
def slow(zone) -> Iterator[Event]:
    """The zone answers nothing before this is set."""
    over, answer = Event(), zone.answer
    zone.answer = lambda asked: over.wait() and answer(asked)
    yield over
    over.set()


def test_ten_looks_at_a_slow_name_leave_threads_to_everybody_else(avis, sari, slow):
    """The administrator's own name server answers when it likes, and each look would hold a thread meanwhile."""
    name = f"polku.{avis.domain}"
    sari.post("/hosts-of-our-own", json={"name": name})
    with ThreadPoolExecutor(WEB_THREADS) as process:
        looks = [process.submit(sari.post, f"/hosts-of-our-own/{name}/proof") for _ in range(10)]
        done = [look.result(60).json["code"] for look in islice(as_completed(looks), 8)]
        slow.set()
    assert done == ["too-many-at-once"] * 8
    assert not SLOTS._in_flight


def test_looks_at_many_slow_domains_are_one_step_and_take_turns(avis, sari, slow):
    """Each domain's name server, all of them the administrator's own, could hold the thread for four seconds."""
    way = {"name": "Monta", "issuer": avis.provider.issuer, "client_id": "polku-9"}
    made = sari.post("/connections", json=way | {"domains": ["a.example", "b.example"]}).json
    proof = f"/connections/{made['id']}/proof"
    with acting_for(avis.id), SLOTS.taken(), SLOTS.taken():
        assert sari.post(proof).json["code"] == "too-many-at-once"
    assert sari.post(proof).json["code"] == "dns-away"
    over = Deadline(0)
    with pytest.raises(DnsAway):
        proves("a.example", "a token", over)


# roles


def test_who_was_let_go_comes_back_without_roles(avis, sari):
    """A coordinator may not give roles; neither by taking a former administrator back from a list."""
    tuula = inside(avis, avis.sign_in(avis.employ("Tuula", roles=["coordinator"])))
    listed = {"people": [{"name": "Raimo", "email": f"raimo@{avis.domain}", "roles": ["admin"]}]}
    sari.post("/people-list", json=listed)
    raimo = found(sari, "raimo")
    assert raimo["roles"] == ["admin", "participant"]
    sari.post(f"/members/{raimo['id']}/leaving")
    del listed["people"][0]["roles"]
    assert tuula.post("/people-list", json=listed).json["changed"] == 1
    assert found(sari, "raimo")["roles"] == ["participant"]


@pytest.mark.parametrize("change", [{"roles": ["admin"]}, {"roles": []}, {"unit_id": None}])
def test_nothing_is_changed_of_somebody_who_has_left(avis, sari, change):
    """Roles given meanwhile would come back with the person, by a list of somebody who may give none."""
    sari.post("/people-list", json=listed(avis, "Raimo"))
    raimo = f"/members/{found(sari, 'raimo')['id']}"
    sari.post(f"{raimo}/leaving")
    refused = sari.patch(raimo, json=change)
    assert (refused.status_code, refused.json["code"]) == (409, "has-left")
    sari.post("/people-list", json=listed(avis, "Raimo"))
    assert found(sari, "raimo")["roles"] == ["participant"]


def test_who_is_let_go_while_roles_are_given_keeps_none(avis, sari):
    """The two wait for each other: whichever comes first, no role outlives the membership."""
    names = [f"Raimo{number}" for number in range(8)]
    sari.post("/people-list", json=listed(avis, *names))
    with ThreadPoolExecutor(2) as hands:
        for name in names:
            raimo = f"/members/{found(sari, name)['id']}"
            giving = hands.submit(sari.patch, raimo, json={"roles": ["coordinator"]})
            hands.submit(sari.post, f"{raimo}/leaving").result(60)
            assert giving.result(60).status_code in (200, 409)
            assert sari.get(raimo).json["given_roles"] == []


SHOW_NOTHING = ["\u00ad", "\u00ad\ufe0f", "\u200d \u034f"]


@pytest.mark.parametrize("reason", SHOW_NOTHING)
def test_a_reason_that_shows_nothing_is_none(avis, consultancy, sari, reason):
    """The client reads why somebody has access."""
    henna = consultancy.sign_in(consultancy.employ("Henna", roles=["lead"]))
    grant(avis, consultancy, staff := consultancy.person(henna)["id"], "lead")
    asked = {"staff_id": staff, "roles": ["lead"], "ends_on": today().isoformat(), "reason": reason}
    refused = inside(consultancy, henna, avis).post("/staff-access", json=asked)
    assert (refused.status_code, refused.json["code"]) == (422, "reason-needed")
    assert not shows_something(reason)


@pytest.mark.parametrize("act", ["leaving", "erasure"])
def test_nobody_leaves_the_rooms_to_a_listed_administrator_who_never_came(sari, evils_way, act):
    """Elina stands on the list with the role; whoever signs in has to be able to undo what was done here."""
    myself = f"/members/{found(sari, 'sari')['id']}"
    refused = {
        "leaving": lambda: sari.post(f"{myself}/leaving"),
        "erasure": lambda: sari.delete("/me"),
    }[act]()
    assert (refused.status_code, refused.json["code"]) == (409, "nobody-left-to-decide")


# mails


@pytest.fixture
def administrators(people, joins) -> dict:
    """Listed by one of them, with any address and any name."""
    return {name: joins(name, "fi", ("participant", "admin")) for name in ("Timo", "Vilma", "Sari")}


def test_an_address_that_is_put_off_again_and_again_keeps_nobody_else_from_knowing(
    administrators, smtp, hear, an_hour_passes, mails, monkeypatch
):
    """Servers say 450 of a domain that is not found; who adds such administrators would go on unseen."""

    async def knows_only_sari(self, server, session, envelope, address, options):
        if not address.startswith("sari"):
            return "450 4.1.2 Domain not found"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(Postman, "handle_RCPT", knows_only_sari, raising=False)
    hear("notification", changed())
    an_hour_passes()
    assert set(mails()) == {"sari"}


def test_an_address_that_the_mail_server_cannot_write_keeps_nobody_else_from_knowing(
    administrators, identity, mailbox, hear, an_hour_passes, mails, monkeypatch
):
    """Letters beyond ASCII need SMTPUTF8 (RFC 6531), which many servers do not speak."""
    for name in ("Timo", "Vilma"):
        identity.people[str(administrators[name])]["email"] = f"{name}ä@avi.example"
    server = Controller(Postman(mailbox), hostname=LOOPBACK, port=free_port(), enable_SMTPUTF8=False)
    server.start()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{server.port}")
    hear("notification", changed())
    an_hour_passes()
    server.stop()
    assert set(mails()) == {"sari"}


@pytest.mark.parametrize(
    "name", ["Win 1000 euros: https://evil.example/x", "Go to evil.example now", "Call 0600 12345", "A" * 90]
)
def test_a_list_of_people_writes_nothing_into_mails(
    administrators, identity, smtp, hear, an_hour_passes, mails, name
):
    """Whoever lists outsiders would send them advertisements in our name."""
    identity.people[str(administrators["Timo"])]["name"] = name
    hear("notification", changed())
    an_hour_passes()
    [mail] = mails()["timo"]
    assert name not in mail.as_string() and name not in mail.get_content()
    assert "Hei Sari," in mails()["sari"][0].get_content()


# what goes out


def test_no_flood_goes_through_us_at_somebody_elses_endpoint(http, avi, receiver):
    """An endpoint may be anybody's: whoever registers it would have us call it without end."""
    admin = http("notification").as_("admin", "participant")
    wished = {"name": "Intranet", "address": receiver.address, "types": [PlanAgreed.type]}
    tests = f"/webhooks/{admin.post('/webhooks', json=wished).json['id']}/tests"
    assert [admin.post(tests).status_code for _ in range(31)] == [202] * 30 + [429]


@pytest.mark.parametrize("undelivered", [True, False])
def test_what_is_told_of_a_reminder_does_not_tell_who_has_taken_part(
    people, identity, smtp, hear, http, time_passes, undelivered
):
    """Whoever gives one person an address that is none would see by it whether the reminder went to that person."""
    kaisa = people["kaisa"]
    identity.people[str(kaisa)]["email"] = "not an address"
    run = uuid4()
    ends = datetime.now(UTC) + timedelta(days=14)
    hear("notification", PhaseOpened(run_id=run, phase="views", activities=["give_views"], closes_at=ends))
    if not undelivered:
        identity.took_part.add(kaisa)
    time_passes()
    told = http("notification").as_("admin", "participant").get(f"/runs/{run}/occasions").json
    [reminder] = [one for one in told if one["kind"] == "reminder"]
    assert reminder["told_at"] and reminder["notices"] == {}
