"""Acts done far too often: refused in a sentence, over all processes, without touching those beside."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.identity.sign_in.api.sign_in import begin
from services.survey.api.giving import give
from services.voting.api.answering import answer_one
from shared.database import engine_of
from shared.settings import SERVICES
from shared.tenancy.sessions import acting_for
from shared.web.headers import ADDRESS_HEADER
from shared.web.limits import Limit, Pace, TooOften, begin_the_day, network_of
from shared.web.service import limits_by_method
from shared.web.tokens import Caller
from tests.ways import narrow

ROOT = Path(__file__).resolve().parents[2]
OFFICE = "203.0.113.7"  # everybody of Avi's sits behind it
EVERYBODY = 1_300
TOO_OFTEN = "There were very many of these in a short time. Wait a few minutes, then do it again."
ONE_TO_THREE_STARTS_EACH = 3 * EVERYBODY

# The acts that the promise names. A route that is added to one of these kinds is added here.
LIMITED = {
    **dict.fromkeys(("survey", "voting"), {"POST taking_part.WhoTookPartInRun"}),
    "workshop": {
        "POST taking_part.WhoTookPartInRun",
        "POST taking_part.WhoIsConcerned",
        "POST taking_part.Leavers",
    },
    "identity": {
        "POST sign_in.begin",
        "POST sign_in.finish",
        "POST sign_outs.at_provider",
        "POST sign_outs.log_out",
        "POST members.take_in",
        "POST imports.read_file",
        "POST imports.read_pasted",
        "POST imports.take_import_in",
        "POST invitations.invite",
        "GET oneself.me",
        "POST ways_in.connect",
        "PUT ways_in.change",
        "DELETE ways_in.close",
        "POST ways_in.reopen",
        "POST saml_sign_in.finish_saml",
        "POST saml_ways_in.connect_saml",
        "PUT saml_ways_in.change_saml",
        "POST confirming.prove",
        "POST confirming.send_link",
        "POST hosts.prove",
        "POST ways_in.look_at_provider",
        "POST ways_in.make_setup_link",
        "POST setting_up.open_link",
        "POST setting_up.look_at_typed_provider",
        "POST clients.open_client",
        "POST provisioning.make_token",
        "DELETE provisioning.withdraw_token",
        "POST provisioning.scim",
        "GET audit.export",
    },
    "notification": {
        "POST webhooks.register",
        "PUT webhooks.change",
        "DELETE webhooks.resume",
        "POST webhooks.test",
        "POST webhooks.send_again",
        "POST webhooks.send_failed_again",
    },
    "publishing": {
        "GET reading.on_paper",
        "GET editions.edition_on_paper",
        "GET writing.draft",
        "POST theming.take_in_picture",
    },
}
OF_FEW = {
    "POST invitations.invite",
    "POST members.take_in",
    *(f"POST imports.{act}" for act in ("read_file", "read_pasted", "take_import_in")),
}
PACED = {
    "voting": {"POST decks.answer", "PUT decks.answer_one", "DELETE decks.take_back"},
    "survey": {"POST giving.give", "PATCH following.revise"},
    "townhall": {"GET halls.by_code", "POST questions.ask"},
}


def somebody(tenant: UUID, subject: UUID | None = None) -> Caller:
    return Caller(tenant=tenant, subject=subject or uuid4(), roles=frozenset({"participant"}))


def takes(limit: Limit, who: Caller, address: str | None = None, times: int = 1, act: str = "a.test") -> int:
    """How many of so many attempts were let through."""
    let_through = 0
    for _ in range(times):
        with acting_for(who.tenant):
            try:
                limit.take("townhall", act, who, address)
                let_through += 1
            except TooOften:
                pass
    return let_through


# which acts


def limits_of(app) -> dict[str, Limit | Pace]:
    return {
        f"{verb} {rule.endpoint}": limit
        for rule in app.url_map.iter_rules()
        for verb, limit in limits_by_method(app, rule.endpoint).items()
    }


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_each_act_of_the_list_has_its_limit(world, service):
    limits = limits_of(world.app(service))
    assert {act for act, limit in limits.items() if isinstance(limit, Limit)} == LIMITED.get(service, set())
    assert {act for act, limit in limits.items() if isinstance(limit, Pace)} == PACED.get(service, set())


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_nothing_is_exported_or_taken_in_without_a_limit(world, service):
    app = world.app(service)
    for rule in app.url_map.iter_rules():
        if any(word in rule.rule for word in (".pdf", ".csv", "export", "import", "-list")):
            assert limits_by_method(app, rule.endpoint), rule.rule


def test_every_stored_limit_leaves_room_for_everybody_behind_one_address(world):
    for service, acts in LIMITED.items():
        limits = limits_of(world.app(service))
        for_everybody = {act for act in acts if limits[act].address is not None}
        for act in for_everybody - OF_FEW - {"POST theming.take_in_picture"}:
            narrow = act in ("GET editions.edition_on_paper", "GET writing.draft")  # of the few who write it
            assert limits[act].address >= (600 if narrow else ONE_TO_THREE_STARTS_EACH), act


def test_1300_people_behind_one_address_get_in(world, avi):
    limit: Limit = begin.limit
    with ThreadPoolExecutor(6) as doors:
        let_in = list(
            doors.map(lambda _: takes(limit, somebody(avi), OFFICE, act="everybody"), range(EVERYBODY))
        )
    assert sum(let_in) == EVERYBODY


# over all processes


IN_ANOTHER_PROCESS = """
import sys; from uuid import UUID
from tests.attacks.test_limits import Limit, somebody, takes
who = somebody(UUID(sys.argv[1]), UUID(sys.argv[2]))
print(takes(Limit(20, 1000), who, sys.argv[3], times=15))
"""


def test_a_limit_holds_over_processes(database, avi):
    kaisa = uuid4()
    assert takes(Limit(20, 1000), somebody(avi, kaisa), OFFICE, times=15) == 15
    other = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(avi), str(kaisa), OFFICE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert other.stdout.strip() == "5"
    assert takes(Limit(20, 1000), somebody(avi, kaisa), OFFICE) == 0


def test_many_at_once_are_counted_one_by_one(database, avi):
    kaisa = somebody(avi)
    with ThreadPoolExecutor(8) as hands:
        through = sum(hands.map(lambda _: takes(Limit(25, 1000), kaisa, OFFICE, times=5), range(8)))
    assert through == 25


# who is affected


def test_another_organisation_and_another_person_are_not_affected(database, avi, kela):
    kaisa, limit = uuid4(), Limit(3, None)
    assert takes(limit, somebody(avi, kaisa), OFFICE, times=9) == 3
    assert takes(limit, somebody(kela, kaisa), OFFICE, times=3) == 3
    assert takes(limit, somebody(avi), OFFICE, times=3) == 3


def test_an_address_used_up_for_one_organisation_is_open_for_the_other(database, avi, kela):
    limit = Limit(None, 4)
    assert takes(limit, somebody(avi), OFFICE, times=9) == 4
    assert takes(limit, somebody(kela), OFFICE, times=4) == 4
    assert takes(limit, somebody(avi), "203.0.113.8") == 1


def test_one_person_cannot_use_up_what_colleagues_share(database, avi):
    limit = Limit(3, 10)
    assert takes(limit, somebody(avi), OFFICE, times=50) == 3
    assert sum(takes(limit, somebody(avi), OFFICE) for _ in range(9)) == 7


def test_a_household_with_a_million_addresses_is_one(database, avi):
    limit = Limit(None, 2)
    through = [takes(limit, somebody(avi), f"2001:db8:1:2::{n:x}") for n in range(4)]
    assert through == [1, 1, 0, 0]
    assert takes(limit, somebody(avi), "2001:db8:1:3::1") == 1


@pytest.mark.parametrize(
    "strange", ["", "x" * 9_000, "203.0.113.7, 10.0.0.1", "\u2028", "::ffff:203.0.113.7"]
)
def test_an_address_of_any_shape_is_counted_and_breaks_nothing(database, avi, strange):
    assert takes(Limit(None, 5), somebody(avi), strange) == 1
    assert len(network_of(strange)) <= 64


# what is stored


def rows(service: str = "townhall") -> list:
    with engine_of(service).connect() as connection:
        return connection.execute(text("SELECT * FROM limit_count")).mappings().all()


def test_what_is_counted_names_nobody_and_has_no_clock(database, avi):
    kaisa = somebody(avi)
    takes(Limit(5, 5), kaisa, OFFICE, act="unseen")
    for row in rows():
        assert set(row) == {"digest", "period", "count"}
        assert len(row["digest"]) == 32 and isinstance(row["period"], int)
        assert kaisa.subject.bytes not in row["digest"] and OFFICE.encode() not in row["digest"]


@pytest.mark.parametrize("service", SERVICES)
def test_counts_and_salts_are_in_no_archive_of_the_log(database, server, service):
    with server.connect(database) as connection:
        kinds = connection.execute(
            "SELECT relname, relpersistence FROM pg_class WHERE relnamespace = %s::regnamespace "
            "AND relname IN ('limit_count', 'limit_salt')",
            [service],
        ).fetchall()
    assert dict(kinds) == {"limit_count": b"u", "limit_salt": b"u"} or dict(kinds) == {
        "limit_count": "u",
        "limit_salt": "u",
    }


def test_a_new_day_has_a_new_salt_and_yesterdays_counts_are_gone(database, avi):
    kaisa, limit = somebody(avi), Limit(2, None)
    assert takes(limit, kaisa, times=3, act="yesterday") == 2
    with engine_of("townhall").begin() as connection:
        before = connection.scalar(text("UPDATE limit_salt SET day = day - 1 RETURNING salt"))
    assert takes(limit, kaisa, act="yesterday") == 1
    with engine_of("townhall").connect() as connection:
        assert connection.scalar(text("SELECT salt FROM limit_salt")) != before
    assert len(rows()) == 1


def test_who_counts_while_a_day_begins_and_whoever_begins_it_do_not_stop_each_other(database, avi):
    """Counting locks the salts, then the counts: whoever makes both anew has to come in the same order."""
    engine = engine_of("townhall")
    with ThreadPoolExecutor(1) as elsewhere, engine.connect() as counting:
        counting.execute(text("DELETE FROM limit_salt"))
        counting.commit()
        counting.execute(text("SELECT salt FROM limit_salt"))
        begun = elsewhere.submit(begin_in_a_transaction, engine)
        while not begun.done() and not counting.scalar(
            text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        ):
            pass
        counting.execute(text("INSERT INTO limit_count (digest, period, count) VALUES ('x', 1, 1)"))
        counting.commit()
        begun.result(30)


def begin_in_a_transaction(engine) -> None:
    with engine.begin() as connection:
        begin_the_day(connection)


def test_a_crash_that_empties_the_tables_stops_nobody(database, avi):
    with engine_of("townhall").begin() as connection:
        connection.execute(text("TRUNCATE limit_count, limit_salt"))
    with ThreadPoolExecutor(6) as doors:
        assert sum(doors.map(lambda _: takes(Limit(1, None), somebody(avi)), range(30))) == 30


def test_of_votes_and_views_nothing_is_stored(database, avi):
    for pace in (answer_one.limit, give.limit):
        assert isinstance(pace, Pace)
    before = rows("voting") + rows("survey")
    with acting_for(avi):
        Pace(5, 1).take("voting", "decks.answer_one", somebody(avi), OFFICE)
    assert rows("voting") + rows("survey") == before


# a pace


def test_somebody_in_a_hurry_is_slowed_down_and_a_colleague_is_not(avi):
    pace, kaisa = Pace(burst=10, seconds=60), somebody(avi)
    assert takes(pace, kaisa, times=30) == 10
    assert takes(pace, somebody(avi), times=10) == 10
    with pytest.raises(TooOften) as refusal:
        pace.take("voting", "decks.answer_one", kaisa, None)
    assert 0 < refusal.value.retry_after <= 60


def test_the_reader_who_reads_fast_is_never_slowed_down(avi):
    """Twenty cards a page, and a page in ten seconds."""
    assert takes(answer_one.limit, somebody(avi), times=150) == 150


def test_a_pace_forgets_those_who_are_through(avi, monkeypatch):
    monkeypatch.setattr("shared.web.limits.MOST_REMEMBERED", 10)
    pace = Pace(burst=1, seconds=0)
    for _ in range(50):
        takes(pace, somebody(avi))
    assert len(pace._full_at) <= 11


# what is said


def test_the_api_says_when_to_come_back(world, http, avi, monkeypatch):
    narrow(world.app("townhall"), "by_code", Limit(2, None), monkeypatch)
    kaisa, aino = (http("townhall").as_("participant", subject=uuid4()) for _ in range(2))
    assert [kaisa.get("/codes/ABCDEF").status_code for _ in range(3)] == [404, 404, 429]
    refused = kaisa.get("/codes/ABCDEF")
    assert refused.content_type == "application/problem+json" and refused.json["code"] == "too-often"
    assert refused.json["detail"] == TOO_OFTEN and 0 < int(refused.headers["Retry-After"]) <= 600
    assert aino.get("/codes/ABCDEF").status_code == 404


def test_pekka_is_not_stopped_by_what_avis_people_do_at_the_same_address(
    world, http, pekka, avi, monkeypatch
):
    narrow(world.app("townhall"), "by_code", Limit(None, 2), monkeypatch)
    there = {"headers": {ADDRESS_HEADER: OFFICE}}
    avis = [http("townhall").as_("participant").get("/codes/ABCDEF", **there).status_code for _ in range(4)]
    assert avis == [404, 404, 429, 429]
    assert pekka("townhall").get("/codes/ABCDEF", **there).status_code == 404


def test_who_may_not_is_refused_before_it_is_counted(world, http, avi, monkeypatch):
    narrow(world.app("townhall"), "ask", Limit(1, None), monkeypatch)
    host = http("townhall").as_("lead", subject=uuid4())
    for _ in range(3):
        assert host.post(f"/halls/{uuid4()}/questions", json={}).status_code == 403


def test_a_vote_too_many_is_refused_and_the_others_stand(world, http, avi, monkeypatch):
    answering = world.app("voting").view_functions["decks.answer_one"]
    monkeypatch.setattr(answering, "limit", Pace(burst=2, seconds=60))
    run = uuid4()
    reader = http("voting").as_("participant", subject=uuid4(), run_id=run, purpose="voting")
    path = f"/runs/{run}/answers/{uuid4()}"
    said = [reader.put(path, json={"answer": "agree"}) for _ in range(3)]
    assert said[0].status_code == said[1].status_code != 429
    assert said[2].status_code == 429 and int(said[2].headers["Retry-After"]) > 0
