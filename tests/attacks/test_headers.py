"""What browsers keep, what they send along, and which hosts answer what: tried from outside."""

import pytest
from werkzeug.routing import IntegerConverter, UUIDConverter
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from infra.web import create_app as create_machine
from shared.settings import SERVICES

TRUST_NO_COOKIE = {
    "employee.notices.stopped",  # a mail program's button (RFC 8058): the token in the address says it all
    "employee.sign_in.arrive_by_form",  # a SAML provider's page: its cookie of the sign-in says that we asked
    "employee.scim.ask",  # a directory (RFC 7644): it brings a token of its own
    "employee.sign_in.back_channel",  # a provider; what it sends is signed
}
ORIGIN, FETCH_SITE = "Origin", "Sec-Fetch-Site"
STRANGE_HOSTS = [
    "",
    ".",
    "..",
    ":",
    ":80",
    "[",
    "[::1",
    "[::1]:x",
    "[fe80::1%25eth0]",
    "a" * 300,
    "a" * 8_000,
    "a." * 4_000,
    f"{'a' * 70}.polku.localhost",
    "avi.polku.localhost:99999999",
    "avi.polku.localhost:port",
    "avi.polku.localhost:80:80",
    "avi polku.localhost",
    "avi\tpolku",
    "avi.polku.localhost/../members",
    "user:password@avi.polku.localhost",
    "avi.polku.localhost, kela.polku.localhost",
    "<script>alert(1)</script>",
    "%00",
    "%2e%2e",
    "%ff%fe",
    "\x7f",
    "\x01avi",
    "ä.polku.localhost",
    "\xff\xfe",
    "xn--",
    "xn--a" + "\x80",
    "'; DROP TABLE host; --",
    "localhost",
    "127.0.0.1",
    "169.254.169.254",
]


@pytest.fixture(scope="module")
def machine(database):
    """Everything behind one port, as one machine serves it."""
    return create_machine()


@pytest.fixture
def ask(machine):
    """ask("/path", host) answers as the port does; werkzeug's own client cannot read the strangest host names."""

    def ask(path: str, host: str) -> TestResponse:
        environ = EnvironBuilder(path).get_environ() | {"REMOTE_ADDR": "127.0.0.1"}
        environ["HTTP_HOST"] = host.encode("utf-8").decode("latin-1")
        body, status, headers = run_wsgi_app(machine, environ, buffered=True)
        return TestResponse(body, status, headers, request=None)

    return ask


@pytest.fixture
def kaisa(browse, avis):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    return browser


# what browsers keep


@pytest.mark.parametrize("path", ["/me", "/me/data.json", "/home", "/notices", "/sign-in", "/nothing-here"])
def test_no_page_of_a_person_is_kept_by_the_browser(kaisa, path):
    assert kaisa.get(path).headers["Cache-Control"] == "no-store"


def test_looks_and_letters_are_kept_all_the_same(kaisa):
    assert "max-age" in kaisa.get("/theme.css").headers["Cache-Control"]
    assert "immutable" in kaisa.get("/static/look.css?v=1").headers["Cache-Control"]


def test_no_answer_of_an_api_is_kept_or_guessed_at(world):
    for service in SERVICES:
        if service == "portal":
            continue
        client = world.app(service).test_client()
        for path in ("/healthz", "/nothing-here", "/openapi.json", "/bus"):
            answer = client.get(path)
            assert answer.headers["Cache-Control"] == "no-store", (service, path)
            assert answer.headers["X-Content-Type-Options"] == "nosniff", (service, path)


# what browsers send along


def cookies_of(answer) -> dict[str, str]:
    return {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}


def test_where_tls_is_no_other_host_can_plant_a_session(browse, avis):
    secure = browse(avis, scheme="https")
    sent = secure.get("/sign-in")
    given = cookies_of(sent) | cookies_of(secure.sign_in(avis.employ("Kaisa")))
    assert "__Host-visit" in given and any(name.startswith("__Host-on_the_way-") for name in given)
    for name, cookie in given.items():
        assert name.startswith("__Host-"), name
        assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie and "HttpOnly" in cookie


def test_a_planted_cookie_without_the_prefix_opens_nothing_where_tls_is(browse, avis):
    secure = browse(avis, scheme="https")
    secure.client.set_cookie("visit", avis.sign_in(avis.employ("Kaisa")), domain=avis.host)
    assert secure.get("/me").headers["Location"].startswith("/sign-in")


def test_the_flashed_sentence_is_bound_to_its_host_as_well(browse, avis):
    secure = browse(avis, scheme="https")
    secure.sign_in(avis.employ("Kaisa"))
    assert "__Host-flash" in cookies_of(secure.post("/me/erasure"))
    assert "flash" in cookies_of(signed_in(browse(avis), avis).post("/me/erasure"))


def signed_in(browser, house):
    browser.sign_in(house.employ("Aino"))
    return browser


def test_signing_out_where_tls_is_takes_the_cookie_away(browse, avis):
    secure = browse(avis, scheme="https")
    secure.sign_in(avis.employ("Kaisa"))
    taken = cookies_of(secure.post("/sign-out"))["__Host-visit"]
    assert "Max-Age=0" in taken and "Secure" in taken and "Path=/" in taken
    assert secure.get("/me").status_code == 303


# who acts


def test_an_act_that_does_not_say_where_it_comes_from_is_refused(kaisa):
    answer = kaisa.client.post("/me/language", data={"language": "sv"}, base_url=kaisa.base)
    assert answer.status_code == 403 and "<h1>" in answer.text
    assert kaisa.get("/me/data.json").json["member"]["language"] == "fi"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_unsafe_method_gets_in_without_an_origin(whole, kaisa, method):
    acts = [rule for rule in whole.url_map.iter_rules() if method in rule.methods]
    adapter = whole.url_map.bind(kaisa.host)
    for rule in acts:
        if rule.endpoint in TRUST_NO_COOKIE:
            continue
        values = {name: sample(converter) for name, converter in rule._converters.items()}
        path = adapter.build(rule.endpoint, values, method)
        answer = kaisa.client.open(path, method=method, base_url=kaisa.base)
        assert answer.status_code == 403, (rule.endpoint, answer.status_code)


def sample(converter) -> object:
    from uuid import UUID

    if items := getattr(converter, "items", None):
        return next(iter(items))
    if isinstance(converter, IntegerConverter):
        return 7
    return UUID(int=7) if isinstance(converter, UUIDConverter) else "avi"


@pytest.mark.parametrize(
    "said", [{ORIGIN: "http://{host}"}, {FETCH_SITE: "same-origin"}, {FETCH_SITE: "none"}]
)
def test_our_own_pages_act(kaisa, said):
    headers = {name: value.format(host=kaisa.host) for name, value in said.items()}
    answer = kaisa.client.post("/me/language", data={"language": "sv"}, base_url=kaisa.base, headers=headers)
    assert answer.status_code == 303


def test_the_routes_that_trust_no_cookie_are_these(whole):
    """A new one is added here and nowhere else, with the reason why it needs no Origin."""
    marked = {
        rule.endpoint
        for rule in whole.url_map.iter_rules()
        if getattr(whole.view_functions[rule.endpoint], "trusts_no_cookie", False)
    }
    assert marked == TRUST_NO_COOKIE


def test_a_mail_programs_button_needs_no_origin_and_is_nobody_there(whole, kaisa, monkeypatch):
    from flask import g

    from services.portal.areas.mails import employee_notices as notices

    seen = []
    monkeypatch.setattr(notices, "stop_mails", lambda *stopped: seen.append(g.here.person))
    path = "/notices/stop/11111111-1111-4111-8111-111111111111"
    assert kaisa.client.post(path, base_url=kaisa.base).status_code == 200
    assert seen == [None]  # the cookie that came along was not looked at


# which hosts answer what


@pytest.mark.parametrize(
    "path", ["/metrics", *(f"/api/{service}/metrics" for service in ("identity", "voting"))]
)
def test_an_installations_counts_are_on_nobodys_host(ask, avis, consultancy, path):
    for host in (avis.host, f"{avis.host}:8080", "console.polku.localhost", "nobody.example", "a.b:x"):
        assert ask(path, host).status_code == 404, host
    for machine in ("127.0.0.1:8080", "localhost", "[::1]:8080", "portal-web:8000"):
        assert ask(path, machine).status_code == 200, machine


def test_what_the_services_answer_is_described_on_nobodys_host(ask, avis):
    for service in SERVICES:
        if service == "portal":
            continue
        assert ask(f"/api/{service}/openapi.json", avis.host).status_code == 404
        assert ask(f"/api/{service}/openapi.json", "console.polku.localhost").status_code == 404
        assert ask(f"/api/{service}/openapi.json", "127.0.0.1:8080").json["openapi"].startswith("3.")


def test_a_clients_desk_does_not_describe_the_services_within(browse, avis):
    sari = browse(avis)
    sari.sign_in(avis.employ("Sari", roles=["admin"]))
    assert sari.get("/desk/events/developers").status_code == 200
    assert "openapi" not in sari.get("/desk/events/developers").text
    assert sari.get("/desk/events/openapi/voting.json").status_code == 404


@pytest.mark.parametrize("host", STRANGE_HOSTS, ids=lambda host: ascii(host)[:30])
@pytest.mark.parametrize("path", ["/", "/home", "/sign-in?back=/home", "/static/look.css", "/theme.css"])
def test_a_host_of_any_length_and_shape_gets_a_page(ask, host, path):
    answer = ask(path, host)
    assert answer.status_code < 500, answer.text
    if not path.startswith("/static"):
        assert answer.status_code in (400, 404) and "<h1>" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    if len(host) > 3 and path == "/home":
        assert "<script>alert" not in answer.text and host not in answer.text.replace("localhost", "")


def test_a_host_that_cannot_be_is_not_asked_about(ask, monkeypatch):
    from services.portal import door

    asked = []
    sign_in_client = door.sign_in_client
    monkeypatch.setattr(door, "sign_in_client", lambda tenant: asked.append(tenant) or sign_in_client(tenant))
    for strange in ("", "a" * 8_000, "..", "avi_polku"):
        assert ask("/", strange).status_code in (400, 404)
    assert asked == []
