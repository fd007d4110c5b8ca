"""With what a page calls: made for each service that it calls, kept for the next pages, and none of a standing that is over.

Each test is walked twice: with callers, as on one machine, and with tokens, as where services are distributed."""

import json
from time import monotonic
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import request
from sqlalchemy import update

from services.identity.models import Member, PseudonymKey, SignInSession, StaffAccess
from services.portal import door
from services.portal.clients import base, tokens
from services.portal.clients.base import credentials
from services.portal.clients.tokens import KEPT, KEPT_SECONDS
from shared import expiring
from shared.database import sessions_of
from shared.expiring import ExpiringCache
from shared.tenancy.sessions import acting_for
from shared.web.tokens import SECONDS, verify
from tests.identity.houses import grant
from tests.portal.browser import portal


def call(run_id=None):
    """The page says with which tokens it would call."""
    run = request.args.get("run", str(run_id or ""))
    return {name: written(credentials(name, run)) for name in request.args.getlist("of")}


def written(credential) -> str:
    """Both ways alike: a caller as the token that would say the same."""
    return credential if isinstance(credential, str) else json.dumps(credential.claims)


@pytest.fixture(scope="module")
def whole(database):
    """A portal of this module's own: pages are added to it."""
    return portal()


@pytest.fixture(scope="module")
def pages(whole):
    for endpoint, path in (
        ("employee.tokens.run", "/runs/<uuid:run_id>/tokens"),
        ("employee.tokens.none", "/tokens"),
        ("client.tokens.none", "/desk/tokens"),
        ("console.tokens.none", "/clients/<slug>/tokens"),
    ):
        whole.add_url_rule(path, endpoint, call)
    return whole


@pytest.fixture(params=["callers", "tokens"], autouse=True)
def way(request, monkeypatch) -> str:
    monkeypatch.setattr(base, "is_here", lambda service: service == "identity" or request.param == "callers")
    monkeypatch.setattr(tokens, "_called", {})
    return request.param


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, list[str]]]:
    """What the portal asks identity, with the services that it wants to call."""
    seen: list[tuple[str, list[str]]] = []
    sign_in_client = door.sign_in_client

    def noted(tenant: UUID) -> Any:
        keeper = sign_in_client(tenant)
        noting = {name: note(seen, name, getattr(keeper, name)) for name in ("current", "tokens")}
        return SimpleNamespace(host=keeper.host, **noting)

    monkeypatch.setattr(door, "sign_in_client", noted)
    return seen


def note(seen: list[tuple[str, list[str]]], name: str, ask: Any) -> Any:
    def noted(*how: Any) -> Any:
        seen.append((name, how[-1].audiences))
        return ask(*how)

    return noted


@pytest.fixture
def run(avis) -> UUID:
    avis.plans(run := uuid4())
    return run


@pytest.fixture
def kaisa(pages, browse, avis, asked):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa", roles=["supervisor"]))
    asked.clear()
    return browser


def held(browser, path: str, *services: str, **more) -> dict[str, Any]:
    answer = browser.get(path, query_string={"of": services} | more)
    assert answer.status_code == 200, answer.text
    return {name: read(said, name) for name, said in answer.json.items()}


def read(said: str, service: str) -> dict[str, Any]:
    """The claims, and what tells two credentials apart."""
    if said.startswith("{"):
        return json.loads(said)
    return verify(said, service).claims | {"token": said}


def test_a_page_that_calls_nobody_orders_none(kaisa, asked):
    assert held(kaisa, "/tokens") == {}
    assert asked == [("current", [])]


def test_one_is_made_when_its_service_is_first_called_and_used_again(kaisa, asked, run):
    first = held(kaisa, f"/runs/{run}/tokens", "voting")
    assert asked == [("current", []), ("tokens", ["voting"])]
    asked.clear()
    assert held(kaisa, f"/runs/{run}/tokens", "voting") == first
    assert held(kaisa, "/tokens", "voting", run=str(run)) == first
    assert asked == [("current", [])] * 2


def test_another_persons_first_page_has_what_it_calls_with_one_order(pages, browse, avis, kaisa, asked, run):
    hers = held(kaisa, f"/runs/{run}/tokens", "voting", "process")
    mikael = browse(avis)
    mikael.sign_in(avis.employ("Mikael"))
    asked.clear()
    his = held(mikael, f"/runs/{run}/tokens", "voting", "process")
    assert asked == [("current", ["process", "voting"])]
    assert his["voting"]["sub"] != hers["voting"]["sub"]


def test_who_goes_to_and_fro_between_the_desk_and_the_employees_pages_keeps_both(browse, avis, pages, asked):
    tuula = browse(avis)
    tuula.sign_in(avis.employ("Tuula", roles=["coordinator"]))
    for path in ("/tokens", "/desk/tokens"):
        held(tuula, path, "process")
    asked.clear()
    for path in ("/tokens", "/desk/tokens"):
        held(tuula, path, "process")
    assert asked == [("current", [])] * 2


def test_of_another_run_one_is_another_number(kaisa, avis, run):
    avis.plans(other := uuid4())
    here, there = (held(kaisa, f"/runs/{one}/tokens", "voting")["voting"] for one in (run, other))
    assert (here["run"], there["run"]) == (str(run), str(other))
    assert here["sub"] != there["sub"]


def test_one_is_used_no_more_shortly_before_a_tokens_end(kaisa, run, asked, monkeypatch):
    held(kaisa, f"/runs/{run}/tokens", "voting")
    asked.clear()
    later(monkeypatch, KEPT_SECONDS - 1)
    held(kaisa, f"/runs/{run}/tokens", "voting")
    assert asked == [("current", [])]
    later(monkeypatch, KEPT_SECONDS + 1)
    held(kaisa, f"/runs/{run}/tokens", "voting")
    assert ["voting"] in [services for _, services in asked]
    assert KEPT_SECONDS < SECONDS - 5


def later(monkeypatch, seconds: float) -> None:
    monkeypatch.setattr(expiring, "time", SimpleNamespace(monotonic=lambda: monotonic() + seconds))


def test_who_opens_a_thread_is_a_new_number_on_every_page(kaisa, run):
    pages = [held(kaisa, f"/runs/{run}/tokens", "lineage")["lineage"] for _ in range(3)]
    assert len({one["sub"] for one in pages}) == 3


@pytest.mark.parametrize("service", ["process", "voting"])
def test_once_a_session_has_ended_nothing_kept_helps(kaisa, avis, run, service):
    held(kaisa, f"/runs/{run}/tokens", service)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        SignInSession.end_all(session)
    assert len(KEPT)
    assert kaisa.get(f"/runs/{run}/tokens", query_string={"of": service}).status_code == 303
    assert not kept_for(kaisa)


def kept_for(browser) -> list[tokens.Name]:
    session = tokens.session_of(browser.cookie("visit") or "")
    return [name for name in KEPT._things if name.session == session]


def test_signing_out_forgets_them(kaisa, run):
    held(kaisa, f"/runs/{run}/tokens", "process")
    session = tokens.session_of(kaisa.cookie("visit"))
    assert kept_for(kaisa)
    kaisa.post("/sign-out")
    assert not [name for name in KEPT._things if name.session == session]


def test_a_role_that_is_taken_is_gone_on_the_next_page(kaisa, avis, run):
    assert "supervisor" in held(kaisa, "/tokens", "process")["process"]["roles"]
    change(avis, given_roles=[], vouched_roles=[])
    assert held(kaisa, "/tokens", "process")["process"]["roles"] == ["participant"]


def change(house, **now) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(**now))


def test_who_only_reads_from_now_on_has_no_hand_on_the_next_page(kaisa, avis, run):
    before = held(kaisa, f"/runs/{run}/tokens", "voting")["voting"]
    change(avis, reads_along=[run])
    now = held(kaisa, f"/runs/{run}/tokens", "voting")["voting"]
    assert "reader" in now["roles"] and now["sub"] != before["sub"]


def test_once_the_key_is_gone_nobody_has_the_number_of_before(kaisa, avis, run):
    before = held(kaisa, f"/runs/{run}/tokens", "voting")["voting"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        PseudonymKey.of(run, "voting", session).destroy(session)
    after = [held(kaisa, f"/runs/{run}/tokens", "voting")["voting"] for _ in range(2)]
    assert len({one["sub"] for one in (before, *after)}) == 3


def test_a_grant_that_has_ended_opens_nothing_and_a_role_less_is_a_role_less(
    pages, browse, avis, consultancy, asked
):
    henna = browse(consultancy, host="console.polku.localhost")
    henna.sign_in(consultancy.employ("Henna", roles=["lead"]))
    secret = henna.cookie("visit")
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead", "editor")
    there = f"/clients/{avis.slug}/tokens"
    assert held(henna, there, "process")["process"]["roles"] == ["editor", "lead"]
    end(avis, roles=["editor"])
    assert held(henna, there, "process")["process"]["roles"] == ["editor"]
    end(avis, ended_at="2026-01-01")
    assert henna.get(there, query_string={"of": "process"}).status_code == 403


def end(house, **now) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(update(StaffAccess).values(**now))


def test_pekka_has_his_own_and_kaisas_secret_is_worth_nothing_at_his_organisation(
    pages, browse, kaisa, kelas, run
):
    hers = held(kaisa, "/tokens", "process")
    pekka = browse(kelas)
    pekka.sign_in(kelas.employ("Pekka"))
    his = held(pekka, "/tokens", "process")
    assert his["process"]["tenant"] == str(kelas.id) != hers["process"]["tenant"]
    thief = browse(kelas)
    thief.client.set_cookie("visit", kaisa.cookie("visit"), domain=kelas.host)
    assert thief.get("/tokens", query_string={"of": "process"}).status_code == 303


def test_what_is_remembered_ends_and_makes_room(monkeypatch):
    memory = ExpiringCache[str, int](most=2)
    for number, name in enumerate("abc"):
        memory.keep(name, number, seconds=10)
    assert (memory.get("a"), memory.get("b"), memory.get("c"), len(memory)) == (None, 1, 2, 2)
    later(monkeypatch, 11)
    assert memory.get("c") is None
    memory.keep("d", 4, seconds=10)
    assert len(memory) == 1
    memory.forget(lambda name: name == "d")
    assert memory.get("d") is None and not len(memory)
