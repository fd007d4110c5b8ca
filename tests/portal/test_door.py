"""The portal's door: whose page it is, who is there, and what is not let through."""

import re
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import g

from services.portal.clients.base import ApiProblem, credentials
from services.portal.here import open_to, public
from shared.languages import current_language
from tests.identity.houses import grant
from tests.portal.browser import portal


def look():
    person = g.here.person
    return {
        "tenant": g.here.tenant and g.here.tenant.slug,
        "home": g.here.home.slug,
        "person": person and person.name,
        "roles": sorted(person.roles) if person else [],
        "language": current_language(),
    }


def refuse(status):
    raise ApiProblem(status, "no-hearts-left", "You have given all your hearts.")


def ask_twice(run_id):
    first, again = (credentials("survey", str(run_id)) for _ in range(2))
    return {"a pseudonym": first.purpose == "survey", "the same": first == again}


@pytest.fixture(scope="module")
def whole(database):
    return portal()


@pytest.fixture(scope="module")
def doors(whole):
    """Pages that only say who is where, and pages that fail."""
    for endpoint, path, page in (
        ("employee.door.broken", "/door/broken", public(lambda: {}["Kaisa's secret"])),
        ("employee.door.refuse", "/door/refused/<int:status>", public(lambda status: refuse(status))),
        ("employee.door.run", "/runs/<uuid:run_id>/door", ask_twice),
        ("employee.door.look", "/door", look),
        ("employee.door.open", "/door/open", public(lambda: look())),
        ("employee.door.supervisors", "/door/supervisors", open_to("supervisor")(lambda: look())),
        ("client.door.look", "/desk/door", lambda: look()),
        ("console.door.look", "/clients/<slug>/door", lambda: look()),
        ("console.door.all", "/door/all", lambda: look()),
    ):
        whole.add_url_rule(path, endpoint, page, methods=["GET", "POST"])
    return whole


def test_somebody_unknown_is_sent_to_sign_in_and_back_to_the_page(doors, browse, avis):
    kaisa = avis.employ("Kaisa")
    browser = browse(avis)
    answer = browser.get("/door?theme=2")
    assert answer.status_code == 303 and answer.headers["Location"] == "/sign-in?back=/door?theme%3D2"
    assert browser.sign_in(kaisa, back="/door?theme=2").headers["Location"] == "/door?theme=2"
    assert browser.get("/door").json["person"] == "Kaisa"


def test_a_public_page_needs_nobody(doors, browse, avis):
    assert browse(avis).get("/door/open").json == look_of(avis)


def look_of(house) -> dict:
    return {"tenant": house.slug, "home": house.slug, "person": None, "roles": [], "language": "fi"}


def test_a_host_that_nobody_uses_says_so_in_a_sentence(doors, browse, avis):
    answer = browse(avis, host="nobody.polku.localhost").get("/")
    assert answer.status_code == 404 and "nobody.polku" not in answer.text
    assert "<h1>" in answer.text


@pytest.mark.parametrize("host", ["../members", "a/../../members", "avi.polku.localhost/../x", "%2e%2e"])
def test_a_crafted_host_name_asks_nothing_else_of_identity(doors, avis, host):
    answer = doors.test_client().get("/door/open", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code in (400, 404)


def test_pekkas_cookie_opens_nothing_on_another_organisations_host(doors, browse, avis, kelas):
    pekka = browse(kelas)
    pekka.sign_in(kelas.employ("Pekka"))
    stolen = browse(avis)
    stolen.client.set_cookie("visit", pekka.cookie("visit"), domain=avis.host)
    assert stolen.get("/door").status_code == 303


def test_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(doors, browse, avis):
    browser = browse(avis)
    given = browser.sign_in(avis.employ("Kaisa")).headers.getlist("Set-Cookie")
    (visit,) = [cookie for cookie in given if cookie.startswith("visit=")]
    assert "HttpOnly" in visit and "SameSite=Lax" in visit and "Domain" not in visit and "Secure" not in visit
    secure = browse(avis, scheme="https")
    given = secure.sign_in(avis.employ("Mikael")).headers.getlist("Set-Cookie")
    assert all("Secure" in cookie for cookie in given if cookie.startswith("visit="))


def test_a_sign_in_that_another_browser_began_is_not_finished_here(doors, browse, avis):
    """Nobody can be signed in as somebody else by a link that was sent to them."""
    attacker, victim = browse(avis), browse(avis)
    link = attacker.way_back(avis.employ("Kaisa"))
    answer = victim.get(link)
    assert answer.status_code == 400 and victim.cookie("visit") is None
    assert 'id="refusal"' in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(doors, browse, avis, elsewhere):
    assert browse(avis).sign_in(avis.employ("Kaisa"), back=elsewhere).headers["Location"] == "/"


def test_signing_out_ends_it_in_every_tab(doors, browse, avis):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    kept = browser.cookie("visit")
    assert browser.post("/sign-out").headers["Location"].startswith("/signed-out?by=")
    browser.client.set_cookie("visit", kept, domain=avis.host)
    assert browser.get("/door").status_code == 303
    assert browser.post("/sign-out").headers["Location"] == "/signed-out"


def test_a_form_from_another_site_does_nothing(doors, browse, avis, kelas):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    for forged in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{kelas.host}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert browser.post("/door", headers=forged).status_code == 403
    ours = {"Origin": f"http://{avis.host}", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/door", headers=ours).status_code == 200


def test_a_page_for_supervisors_is_for_supervisors(doors, browse, avis):
    kaisa, aino = browse(avis), browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    aino.sign_in(avis.employ("Aino", roles=["supervisor"]))
    assert kaisa.get("/door/supervisors").status_code == 403
    assert aino.get("/door/supervisors").status_code == 200


def test_the_desk_is_for_those_who_coordinate(doors, browse, avis):
    kaisa, tuula = browse(avis), browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    tuula.sign_in(avis.employ("Tuula", roles=["coordinator"]))
    assert kaisa.get("/desk/door").status_code == 403
    assert tuula.get("/desk/door").json["roles"] == ["coordinator", "participant"]


def test_the_console_is_not_on_a_clients_host_nor_the_clients_pages_on_the_console(
    doors, browse, avis, consultancy
):
    tuula, henna = browse(avis), browse(consultancy, host="console.polku.localhost")
    tuula.sign_in(avis.employ("Tuula", roles=["coordinator"]))
    henna.sign_in(consultancy.employ("Henna", roles=["lead"]))
    assert tuula.get("/door/all").status_code == 404
    assert henna.get("/door/all").json["tenant"] is None
    assert henna.get("/door").status_code == 404 and henna.get("/desk/door").status_code == 404


def test_on_the_console_a_client_is_entered_one_at_a_time_under_a_grant(
    doors, browse, avis, kelas, consultancy
):
    henna = browse(consultancy, host="console.polku.localhost")
    subject = consultancy.employ("Henna", roles=["lead"])
    henna.sign_in(subject)
    assert henna.get(f"/clients/{avis.slug}/door").status_code == 403
    grant(avis, consultancy, consultancy.person(henna.cookie("visit"))["id"], "editor")
    seen = henna.get(f"/clients/{avis.slug}/door").json
    assert (seen["tenant"], seen["home"], seen["roles"]) == (avis.slug, "tyohuone", ["editor"])
    assert henna.get(f"/clients/{kelas.slug}/door").status_code == 403


def test_the_language_is_the_chosen_one_then_the_persons_then_the_browsers(doors, browse, avis):
    browser = browse(avis)
    assert browser.get("/door/open", headers={"Accept-Language": "sv-FI,sv;q=0.9"}).json["language"] == "sv"
    assert browser.get("/door/open", headers={"Accept-Language": "de"}).json["language"] == "fi"
    browser.sign_in(avis.employ("Mikael", locale="sv"))
    assert browser.get("/door").json["language"] == "sv"
    browser.client.set_cookie("language", "fi", domain=avis.host)
    assert browser.get("/door").json["language"] == "fi"
    assert browser.get("/door?lang=sv").json["language"] == "sv"
    assert browser.get("/door?lang=en").json["language"] == "fi"  # this organisation does not speak English


def test_no_script_or_style_from_elsewhere_and_none_inline(doors, browse, avis):
    headers = browse(avis).get("/door/open").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert re.search(r"script-src 'self';.*style-src 'self';", policy)
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_fault_is_a_page_that_tells_nothing(doors, browse, avis):
    answer = browse(avis).get("/door/broken")
    assert answer.status_code == 500 and "secret" not in answer.text and "<h1>" in answer.text


@pytest.mark.parametrize("status", [403, 404, 409, 503])
def test_a_refusal_of_a_service_is_a_page_with_its_sentence(doors, browse, avis, status):
    answer = browse(avis).get(f"/door/refused/{status}")
    assert answer.status_code == status and "You have given all your hearts." in answer.text


def test_an_act_that_a_service_refuses_brings_one_back_to_the_form(doors, browse, avis):
    browser = browse(avis)
    answer = browser.post("/door/refused/409", headers={"Referer": f"http://{avis.host}/door/open"})
    assert answer.status_code == 303 and urlsplit(answer.headers["Location"]).path == "/door/open"


def test_a_page_costs_one_call_to_identity(doors, browse, avis, monkeypatch):
    from services.portal import door

    calls = []
    sign_in_client = door.sign_in_client
    monkeypatch.setattr(door, "sign_in_client", lambda tenant: calls.append(tenant) or sign_in_client(tenant))
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    avis.plans(run := uuid4())
    browser.get(f"/runs/{run}/door")
    calls.clear()
    assert browser.get(f"/runs/{run}/door").json == {"a pseudonym": True, "the same": True}
    assert calls == [avis.id]
