"""The portal is ready when it can show a page: with identity, and with nobody else."""

import httpx2
import pytest

from services.portal.app import create_app
from services.portal.clients import base
from services.portal.web import readiness
from tests.portal.test_away import takes_away as takes_away
from tests.shared.test_calling import Service
from tests.shared.test_calling import service as service


@pytest.fixture
def page(database, monkeypatch):
    monkeypatch.setattr(readiness, "REMEMBERED_SECONDS", 0)
    monkeypatch.setattr(readiness, "SECONDS", 20.0)
    return create_app().test_client()


def put_in_its_place(monkeypatch, somebody: httpx2.Client) -> None:
    inside = base.connection_to
    monkeypatch.setattr(
        base, "connection_to", lambda service: somebody if service == "identity" else inside(service)
    )


def at_an_address(service: str) -> httpx2.Client:
    """The service as one asks it where services are distributed."""
    way = httpx2.WSGITransport(base.app_of(service), raise_app_exceptions=False)
    return httpx2.Client(base_url=f"http://{service}", transport=way)


def nobody_believes_us(monkeypatch) -> None:
    put_in_its_place(monkeypatch, at_an_address("identity"))
    monkeypatch.setattr(base, "service_token", lambda *of: "of another house")


def test_ready_while_identity_answers(page):
    answer = page.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")


def test_not_ready_while_identity_is_away_and_alive_all_the_same(page, takes_away):
    takes_away("identity")
    answer = page.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json["detail"] == "Identity does not answer as it should: 503 service-away."
    assert page.get("/healthz").status_code == 200


def test_ready_while_another_service_is_away_because_pages_show_the_rest(page, takes_away):
    for other in ("process", "survey", "publishing"):
        takes_away(other)
    assert page.get("/readyz").status_code == 200


def test_another_service_at_identitys_address_is_not_identity(page, monkeypatch):
    put_in_its_place(monkeypatch, at_an_address("survey"))
    answer = page.get("/readyz")
    assert (answer.status_code, answer.json["detail"]) == (
        503,
        "What answers in identity's place is not identity.",
    )


def test_an_identity_that_does_not_believe_us_shows_nobody_a_page(page, monkeypatch):
    nobody_believes_us(monkeypatch)
    assert page.get("/readyz").json["detail"] == "Identity does not answer as it should: 401 who-are-you."


def test_an_identity_that_hangs_holds_up_nobody(database, monkeypatch, service: Service):
    monkeypatch.setattr(readiness, "SECONDS", 0.2)
    page = create_app().test_client()
    with httpx2.Client(base_url=service.url) as hanging, service.hanging():
        put_in_its_place(monkeypatch, hanging)
        answer = page.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "not-ready")
    assert "has not answered" in answer.json["detail"]


def test_however_often_somebody_looks_identity_is_asked_now_and_then(page, monkeypatch, service: Service):
    monkeypatch.setattr(readiness, "REMEMBERED_SECONDS", 600)
    with httpx2.Client(base_url=service.url) as counting:
        put_in_its_place(monkeypatch, counting)
        service.status = 404
        assert {page.get("/readyz").status_code for _ in range(10)} == {503}
    assert len(service.asked) == 1


def test_it_is_ready_again_as_soon_as_identity_is_back(page, monkeypatch):
    with monkeypatch.context() as away:
        nobody_believes_us(away)
        assert page.get("/readyz").status_code == 503
    assert page.get("/readyz").status_code == 200
