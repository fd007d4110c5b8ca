"""No input makes a 5xx: what no form of ours sends, sent to every operation of every service, and to the doors it broke."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from werkzeug.wrappers import Request

from services.identity.models import Member
from services.portal.clients.base import ApiProblem
from services.portal.forms.fields import chosen
from services.portal.live.app import last_seen
from shared.database import sessions_of
from shared.settings import SERVICES
from shared.tenancy.sessions import acting_for
from shared.web.roles import READER, ROLES
from shared.web.service import PUBLIC
from tests.conftest import Door
from tests.survey.conftest import Run

BEHIND = [service for service in SERVICES if service != "portal"]
DEEP = 3000
HOSTILE_BODIES = {
    "a list": "[]",
    "a text": '"text"',
    "a number": "5",
    "nothing": "null",
    "deep lists": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "a deep field": '{"words":' + "[" * 400 + "]" * 400 + "}",
    "a number of 5,000 digits": '{"after":' + "9" * 5000 + "}",
    "no number": '{"after": NaN, "seconds": -Infinity}',
    "half a character as name": '{"\\ud800": "\\udfff"}',
    "broken UTF-8": b'{"words": "\xff\xfe"}',
    "UTF-16 without an end": b"\xff\xfe{",
    "not JSON": '{"words": ',
}


def operations(app) -> list[tuple[str, str]]:
    """(method, path) of every operation; ids in paths are of nothing."""
    samples = {"uuid": str(uuid4()), "int": "1"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in PUBLIC:
            path = re.sub(r"<(?:(\w+):)?\w+>", lambda part: samples.get(part[1], "x"), rule.rule)
            found += [(method, path) for method in rule.methods - {"OPTIONS", "HEAD"}]
    return sorted(found)


def somebody(http, service: str, **claims) -> Door:
    """Somebody whom every door lets in."""
    return http(service).as_(*ROLES - {READER}, **claims)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize("what", HOSTILE_BODIES)
def test_no_body_makes_a_fault(http, service, what):
    door = somebody(http, service)
    for method, path in operations(door.client.application):
        answer = door.request(method, path, data=HOSTILE_BODIES[what], content_type="application/json")
        assert answer.status_code != 401 and answer.status_code < 500, (method, path, what)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize(
    "after", ["\x00", "\ud800", "9" * 5000, "-1", "[]", "\u202e", "ä日本", "%ff", "1e400"]
)
def test_no_query_makes_a_fault(http, service, after):
    door = somebody(http, service)
    asked = dict.fromkeys(
        ("after", "limit", "words", "theme_id", "ids", "state", "tenant", "batch", "page", "language"),
        after.encode("utf-8", "surrogatepass"),
    )
    for method, path in operations(door.client.application):
        if method == "GET":
            assert door.get(path, query_string=asked).status_code < 500, (path, after)


@pytest.mark.parametrize("service", BEHIND)
@pytest.mark.parametrize(
    "part", ["%00", "%ED%A0%80", "%E6%97%A5%E6%9C%AC", "%FF", "9" * 5000, "%2e%2e", "%0d%0a"]
)
def test_no_path_makes_a_fault(http, service, part):
    door = somebody(http, service)
    for rule in door.client.application.url_map.iter_rules():
        if "<" in rule.rule and rule.endpoint not in PUBLIC:
            path = re.sub(r"<(uuid:)?[^>]*>", lambda found: str(uuid4()) if found[1] else part, rule.rule)
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                assert door.request(method, path, json={}).status_code < 500, (method, path)


def a_writer(hear, http):
    return Run(hear, http).plan().opens().writer()


@pytest.mark.parametrize(
    "nonsense", ["\x00", "\ud800", "\x07", "\x9f", "\u202e", "\u2066", "\u200f", "\ufeff"]
)
def test_what_nobody_types_is_taken_out_of_a_view(hear, http, nonsense):
    given = a_writer(hear, http).gives(f"Kokous{nonsense} alkaa ajallaan.")
    assert given.status_code == 201
    assert given.json["view"]["text"] == "Kokous alkaa ajallaan."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("eka\r\ntoka\rkolmas", "eka\ntoka\nkolmas"),
        ("ma\u0308ki", "mäki"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 ja ❤\ufe0f\u200d🔥", "👩\u200d💻 ja ❤\ufe0f\u200d🔥"),
        ("sarkain\tjää", "sarkain\tjää"),
    ],
)
def test_what_people_type_is_kept_in_one_form(hear, http, typed, kept):
    assert a_writer(hear, http).gives(typed).json["view"]["text"] == kept


def test_a_receipt_is_left_as_it_came(hear, http):
    run = Run(hear, http).plan().opens()
    receipt = "a-receipt\u202e-ma\u0308ki-that-only-my-browser-holds"
    view = run.writer().has_given("Kokous alkaa ajallaan.", receipt=receipt)
    elsewhere = run.writer()
    assert [own["id"] for own in elsewhere.own(receipt)] == [view["id"]]
    assert not elsewhere.own("a-receipt-m\u00e4ki-that-only-my-browser-holds")


@pytest.mark.parametrize("nonsense", ["\x00", "\ud800"])
def test_a_secret_that_nothing_can_hold_is_refused(hear, http, nonsense):
    refused = a_writer(hear, http).gives("Kokous.", receipt=f"a-receipt-that-only{nonsense}-my-browser-holds")
    assert (refused.status_code, refused.json["code"]) == (422, "invalid-input")
    assert "receipt" in refused.json["errors"]["json"]


def test_json_that_is_too_deep_is_refused_as_a_problem(http):
    refused = somebody(http, "voting").post(
        f"/runs/{uuid4()}/answers", data="[" * DEEP, content_type="application/json"
    )
    assert (refused.status_code, refused.content_type) == (400, "application/problem+json")


# days and numbers


@pytest.mark.parametrize(
    "year", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-01-01T00:00:00Z"]
)
def test_a_day_with_which_nobody_can_reckon_is_refused(http, year):
    new = {"name": "Polku", "languages": ["fi"], "starts_at": year}
    refused = somebody(http, "process").post("/runs", json=new)
    assert refused.status_code == 422
    assert "starts_at" in refused.json["errors"]["json"]


def test_a_number_that_the_database_cannot_hold_is_refused(http):
    for number in (2**63, 10**30, -(2**70)):
        refused = somebody(http, "voting").post(f"/runs/{uuid4()}/deck", json={"after": number})
        assert refused.status_code == 422, number
    assert somebody(http, "process").get("/letters", query_string={"after": 10**30}).status_code == 422


# a client's look


@pytest.mark.parametrize(
    "tokens",
    [
        {"$extensions": 5},
        {"$extensions": {"polku": [1]}},
        {"$extensions": {"polku": {"cover": 7}}},
        {"$extensions": {"polku": {"logo": {"a": 1}}}},
        {"color": 5},
        {"color": {"brand": [[]]}},
        {"color": {"brand": {"$value": {"components": 5}}}},
        {"color": {"brand": {"$value": {"colorSpace": "srgb", "components": [1e308, -1e308, "x"]}}}},
    ],
    ids=str,
)
def test_tokens_of_any_shape_are_read_or_refused_with_a_sentence(http, tokens):
    refused = http("publishing").as_("designer").put("/theme", json={"tokens": tokens})
    assert (refused.status_code, refused.json["code"]) == (422, "tokens-not-read")


# pages


@pytest.fixture
def sari(browse, avis):
    """An administrator of the client's own."""
    browser = browse(avis)
    browser.sign_in(avis.employ("Sari", roles=["admin", "coordinator", "designer"]))
    return browser


def test_a_way_in_that_is_not_there_is_a_page_that_says_so(sari, kelas):
    for way in (uuid4(), UUID(int=0)):
        assert sari.get(f"/desk/settings/ways-in/{way}").status_code == 404
        for act in ("test", "close", "reopen"):
            assert sari.post(f"/desk/settings/ways-in/{way}/act", {"act": act}).status_code == 404, act
        led_back = sari.post(f"/desk/settings/ways-in/{way}/act", {"act": ""})
        assert led_back.status_code == 303
        assert "Lomake jäi kesken" in sari.get("/home").text
        assert sari.post(f"/desk/settings/ways-in/{way}", {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    "part", ["%00", "日本", "%FF%FE", "Ж" * 300, "..", "%2e%2e%2fhosts", "a%2fb", "a?b=c", "%0d%0a"]
)
def test_any_letters_in_an_address_end_on_a_page(sari, part):
    for path in ("/join/", "/desk/events/", "/desk/events/openapi/", "/clients/", "/"):
        assert sari.get(path + part).status_code < 500, path


@pytest.mark.parametrize("issuer", ["//[", "https://[::1", "\x00", "https://", "9" * 1900])
def test_an_issuer_of_any_letters_is_refused_and_stays_in_the_form(sari, issuer):
    typed = {"name": "Uusi kirjautumistapa", "issuer": issuer, "client_id": "polku", "act": "open"}
    refused = sari.post("/desk/settings/ways-in", typed)
    assert refused.status_code == 422 and "Uusi kirjautumistapa" in refused.text


def test_a_search_longer_than_an_address_may_be_is_refused(sari):
    assert sari.get("/desk/people", query_string={"words": "ä" * 30_000}).status_code == 422


def test_a_number_of_any_length_in_an_address_ends_on_a_page(sari):
    for path in (f"/runs/{uuid4()}/reading/", f"/runs/{uuid4()}/workbook/editions/"):
        assert sari.get(path + "9" * 5000).status_code == 404, path


@pytest.mark.parametrize("name", ["\x00", "日本.fi", "../organisation", "a/b", "?", "#", " ", "ä" * 300])
def test_a_host_name_of_any_letters_is_refused_and_nothing_else_is_touched(sari, name):
    assert sari.post("/desk/settings/hosts", {"give_up": name}).status_code < 500
    assert sari.post("/desk/settings/hosts", {"name": name}).status_code < 500
    assert sari.get("/desk/settings").status_code == 200


def test_a_quotation_mark_without_its_pair_swallows_nobody_on_a_list(sari):
    rows = [
        "name\temail",
        "Kaisa\tkaisa@avi.example",
        'Matti "\tmatti@avi.example',
        '"Liisa\tliisa@avi.example',
    ]
    pasted = "\n".join([*rows, *(f"Nro {nr}\tnro{nr}@avi.example" for nr in range(6000))])
    assert len(pasted) > 131_072
    read = sari.post("/desk/people/list", {"people": pasted})
    assert "6003 riviä luettiin" in sari.get(read.headers["Location"]).text


def test_a_list_with_the_line_ends_of_old_macs_is_read(sari):
    assert (
        sari.post(
            "/desk/people/list", {"people": "Kaisa\tkaisa@avi.example\rMatti\tmatti@avi.example"}
        ).status_code
        == 303
    )


@pytest.mark.parametrize(
    "file",
    [b"[" * DEEP, b'{"color": {"brand": "\\ud800"}}', b"[]", b"5", b"\xff\xfe", b"", b'{"$extensions": 5}'],
)
def test_a_tokens_file_of_any_shape_is_refused_with_a_sentence(sari, file):
    from io import BytesIO

    answer = sari.post("/desk/theme", {"act": "import", "tokens": (BytesIO(file), "tokens.json")})
    assert answer.status_code == 422
    assert "Ilmestudio" in answer.text


def test_colours_that_were_refused_stay_in_the_form(sari):
    colours = dict.fromkeys(("brand", "brand-on", "accent", "accent-text", "tint"), "#123456")
    refused = sari.post("/desk/theme", colours | {"brand": "petrol", "act": "save"})
    assert refused.status_code == 422 and 'value="petrol"' in refused.text


@pytest.mark.parametrize("back", ["//[", "http://[", "/\\[x", "\x00", "/x\r\nSet-Cookie: a=b"])
def test_where_to_go_back_to_is_never_a_fault(sari, back):
    answer = sari.post("/language", {"language": "sv", "back": back})
    assert answer.status_code == 303 and "a=b" not in answer.headers.get_all("Set-Cookie")
    assert (
        sari.post("/desk/settings", {"name": ""}, headers={"Referer": back.partition("\r")[0]}).status_code
        < 500
    )


# names


@pytest.mark.parametrize("name", ["", " ", "\t\n ", "\u200b", "\u00a0\u2003"])
def test_a_blank_name_of_the_provider_becomes_the_address(browse, avis, name):
    browser = browse(avis)
    kaisa, address = avis.employ("Kaisa"), f"kaisa@{avis.domain}"
    avis.provider.know(kaisa, name=name, email=address, email_verified=True)
    browser.sign_in(kaisa)
    home = browser.get("/home")
    assert home.status_code == 200 and f"Tervetuloa, {address}" in home.text


def test_somebody_whose_name_is_blank_already_has_a_home(browse, avis):
    browser = browse(avis)
    browser.sign_in(avis.employ("Kaisa"))
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Member).values(name="  "))
    home = browser.get("/home")
    assert home.status_code == 200 and f"Tervetuloa, kaisa@{avis.domain}" in home.text


@pytest.mark.parametrize("name", [" ", "\u200b\u2060", "\x00\x07"])
def test_an_organisation_keeps_its_name_when_a_blank_one_is_typed(sari, name):
    refused = sari.post("/desk/settings", {"name": f"x{name}", "languages": ["fi"], "colour": ""})
    blank = sari.post("/desk/settings", {"name": name, "languages": ["fi"], "colour": ""})
    assert (refused.status_code, blank.status_code) == (303, 422)
    assert "Nimi tai teksti, joka tässä tarvitaan, on tyhjä." in blank.text


def test_what_a_blank_name_lacks_is_said(http):
    new = {"name": " \n ", "languages": ["fi"], "starts_at": "2027-03-01T09:00:00+02:00"}
    refused = http("process").as_("lead").post("/runs", json=new)
    assert refused.status_code == 422
    assert (
        refused.json["detail"]
        == "A name or a text that is needed here is blank. Write it, then send it again."
    )


# what browsers send along


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=99999999999999999999-"},
        {"If-None-Match": '"\xff", W/', "If-Modified-Since": "Mon, 01 Jan 0000 00:00:00 GMT"},
        {"Accept-Language": "\xff;q=nan, fi;q=1e999,,;", "Accept": "a/b/c;q=x"},
        {"Cookie": 'flash="\xff\x80; visit=%00; language=\xe4; receipts-0=;;=x'},
        {"Cookie": "visit=" + "x" * 5000},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary="},
        {"Content-Type": "application/json; charset=\xff"},
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"},
        {"Referer": "http://[", "X-Forwarded-For": "\xff"},
    ],
    ids=str,
)
def test_what_a_browser_sends_along_is_never_a_fault(sari, http, headers):
    for path in ("/home", "/static/look.css", "/desk/settings"):
        assert sari.get(path, headers=headers).status_code < 500, path
    for path in ("/desk/settings", "/desk/people/list", "/desk/theme", "/language"):
        assert (
            sari.post(path, b'--x\r\nContent-Disposition: form-data; name="', headers=headers).status_code
            < 500
        ), path
    assert somebody(http, "voting").get(f"/runs/{uuid4()}/deck", headers=headers).status_code < 500


def test_a_version_of_any_length_is_asked_for_anew():
    for said in ("9" * 5000, "-1", "\u0661\u0662", "1e9", "\x00"):
        assert last_seen(Request({"HTTP_LAST_EVENT_ID": said})) in (None, 12), said


@pytest.mark.parametrize("act", ["", "explode", "__class__", "\x00"])
def test_an_act_that_no_button_has_is_a_page_that_says_so(whole, act):
    with whole.test_request_context(method="POST", data={"act": act}), pytest.raises(ApiProblem) as told:
        chosen({"close": print})
    assert told.value.status == 422 and "act" in told.value.errors
