"""Tokens: one for each service that a page calls, kept for the next pages, and none of a standing that is over."""

from time import monotonic
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from flask import request
from sqlalchemy import update

from services.identity.models import Member, PseudonymKey, StaffAccess, Visit
from services.portal.clients import identity as asking
from services.portal.clients import tokens
from services.portal.clients.base import Client
from services.portal.clients.tokens import KEPT, KEPT_SECONDS
from shared import expiring
from shared.database import sessions_of
from shared.expiring import ExpiringCache
from shared.tenancy import acting_for
from shared.tokens import SECONDS, verify
from tests.identity.houses import grant


class Called(Client):
    """A page's call, but for what the service would answer."""

    def __init__(self, service: str) -> None:
        self.service = service


def call(run_id=None):
    """The page says with which tokens it would call."""
    run = request.args.get("run", str(run_id or ""))
    return {name: Called(name).token(run) for name in request.args.getlist("of")}


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


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, list[str]]]:
    """What the portal asks identity, with the services whose tokens it orders."""
    seen: list[tuple[str, list[str]]] = []
    ask = asking.Doorkeeper._ask

    def noted(self, method, path, tenant, body=None, *more, **options):
        if isinstance(body, dict) and "audiences" in body:
            seen.append((path, body["audiences"]))
        return ask(self, method, path, tenant, body, *more, **options)

    monkeypatch.setattr(asking.Doorkeeper, "_ask", noted)
    monkeypatch.setattr(tokens, "_called", {})
    return seen


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


def held(browser, path: str, *services: str, **more) -> dict[str, str]:
    answer = browser.get(path, query_string={"of": services} | more)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_page_that_calls_nobody_orders_no_token(kaisa, asked):
    assert held(kaisa, "/tokens") == {}
    assert asked == [("/sessions/current", [])]


def test_a_token_is_made_when_its_service_is_first_called_and_used_again(kaisa, asked, run):
    first = held(kaisa, f"/runs/{run}/tokens", "voting")
    assert asked == [("/sessions/current", []), ("/tokens", ["voting"])]
    asked.clear()
    assert held(kaisa, f"/runs/{run}/tokens", "voting") == first
    assert held(kaisa, "/tokens", "voting", run=str(run)) == first
    assert asked == [("/sessions/current", [])] * 2


def test_another_persons_first_page_has_what_it_calls_with_one_question(
    pages, browse, avis, kaisa, asked, run
):
    hers = held(kaisa, f"/runs/{run}/tokens", "voting", "process")
    mikael = browse(avis)
    mikael.sign_in(avis.employ("Mikael"))
    asked.clear()
    his = held(mikael, f"/runs/{run}/tokens", "voting", "process")
    assert asked == [("/sessions/current", ["process", "voting"])]
    assert who(his["voting"], "voting") != who(hers["voting"], "voting")


def who(token: str, service: str) -> UUID:
    return verify(token, service).subject


def test_of_another_run_one_is_another_number(kaisa, avis, run):
    avis.plans(other := uuid4())
    here, there = (held(kaisa, f"/runs/{one}/tokens", "voting")["voting"] for one in (run, other))
    assert verify(here, "voting").run_id == run and verify(there, "voting").run_id == other
    assert who(here, "voting") != who(there, "voting")


def test_a_token_is_used_no_more_shortly_before_its_end(kaisa, run, monkeypatch):
    first = held(kaisa, f"/runs/{run}/tokens", "voting")
    later(monkeypatch, KEPT_SECONDS - 1)
    assert held(kaisa, f"/runs/{run}/tokens", "voting") == first
    later(monkeypatch, KEPT_SECONDS + 1)
    assert held(kaisa, f"/runs/{run}/tokens", "voting") != first
    assert KEPT_SECONDS < SECONDS - 5


def later(monkeypatch, seconds: float) -> None:
    monkeypatch.setattr(expiring, "time", SimpleNamespace(monotonic=lambda: monotonic() + seconds))


def test_who_opens_a_thread_is_a_new_number_on_every_page(kaisa, run):
    pages = [held(kaisa, f"/runs/{run}/tokens", "lineage")["lineage"] for _ in range(3)]
    assert len({who(token, "lineage") for token in pages}) == 3


@pytest.mark.parametrize("service", ["process", "voting"])
def test_once_a_session_has_ended_no_kept_token_helps(kaisa, avis, run, service):
    held(kaisa, f"/runs/{run}/tokens", service)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        Visit.end_all(session)
    assert len(KEPT)
    assert kaisa.get(f"/runs/{run}/tokens", query_string={"of": service}).status_code == 303
    assert not kept_for(kaisa)


def kept_for(browser) -> list[tokens.Name]:
    session = tokens.session_of(browser.cookie("visit") or "")
    return [name for name in KEPT._things if name.session == session]


def test_signing_out_forgets_tokens(kaisa, run):
    held(kaisa, f"/runs/{run}/tokens", "process")
    session = tokens.session_of(kaisa.cookie("visit"))
    assert kept_for(kaisa)
    kaisa.post("/sign-out")
    assert not [name for name in KEPT._things if name.session == session]


def test_a_role_that_is_taken_is_in_no_token_of_the_next_page(kaisa, avis, run):
    assert "supervisor" in verify(held(kaisa, "/tokens", "process")["process"], "process").roles
    change(avis, given_roles=[], vouched_roles=[])
    assert verify(held(kaisa, "/tokens", "process")["process"], "process").roles == {"participant"}


def change(house, **now) -> None:
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(**now))


def test_who_only_reads_from_now_on_has_no_hand_on_the_next_page(kaisa, avis, run):
    before = held(kaisa, f"/runs/{run}/tokens", "voting")["voting"]
    change(avis, reads_along=[run])
    now = verify(held(kaisa, f"/runs/{run}/tokens", "voting")["voting"], "voting")
    assert "reader" in now.roles and now.subject != who(before, "voting")


def test_once_the_key_is_gone_nobody_has_the_number_of_before(kaisa, avis, run):
    before = held(kaisa, f"/runs/{run}/tokens", "voting")["voting"]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        PseudonymKey.of(run, "voting", session).destroy(session)
    after = [held(kaisa, f"/runs/{run}/tokens", "voting")["voting"] for _ in range(2)]
    assert len({who(token, "voting") for token in (before, *after)}) == 3


def test_a_grant_that_has_ended_opens_nothing_and_a_role_less_is_a_role_less(
    pages, browse, avis, consultancy, asked
):
    henna = browse(consultancy, host="console.polku.localhost")
    henna.sign_in(consultancy.employ("Henna", roles=["lead"]))
    secret = henna.cookie("visit")
    grant(avis, consultancy, consultancy.person(secret)["id"], "lead", "editor")
    there = f"/clients/{avis.slug}/tokens"
    assert verify(held(henna, there, "process")["process"], "process").roles == {"lead", "editor"}
    end(avis, roles=["editor"])
    assert verify(held(henna, there, "process")["process"], "process").roles == {"editor"}
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
    assert verify(his["process"], "process").tenant == kelas.id
    assert verify(hers["process"], "process").tenant != kelas.id
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
