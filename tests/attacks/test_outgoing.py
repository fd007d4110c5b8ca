"""What an administrator names and our machines call: it leads nowhere inside, takes no thread and no memory for long."""

import gzip
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from sqlalchemy import select

from infra.one_machine.launcher import Launcher
from infra.one_machine.processes import WEB_THREADS
from infra.progress import Progress
from services.identity.models import Connection
from services.identity.sign_in import provider as providers
from services.identity.sign_in.provider import SLOTS
from services.notification.listeners import jobs
from services.notification.webhooks import http_client as calls
from shared.contracts.process import PlanAgreed
from shared.database import engine_of, sessions_of, worker_sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.outbound import dns, http_client
from tests.attacks.providers import DOCUMENT, way_in
from tests.identity.test_clients import inside
from tests.notification.receiver import Receiver
from tests.notification.test_webhook_endpoints import INSIDE, PUBLIC, is_known_as
from tests.notification.test_webhook_failures import RUN, until
from tests.notification.webhooks import calls_go_out as calls_go_out
from tests.notification.webhooks import one_machine as one_machine
from tests.notification.webhooks import receiver as receiver
from tests.notification.webhooks import register as register
from tests.notification.webhooks import sari as sari

AWAY = (502, "provider-away")


def begun(house, **asked):
    start = {"redirect_uri": f"http://{house.host}/sign-in/back", "back": "/"} | asked
    answer = house.door.post("/sign-ins", json=start)
    return answer.status_code, answer.json.get("code")


def finished(house, state: str, **came):
    """How a sign-in ends whose answer comes to the way in's own return address."""
    with acting_for(house.id), sessions_of("identity")() as session:
        own = str(session.scalars(select(Connection.id)).one())
    brought = {"state": state, "code": "any", "connection_id": own} | came
    answer = house.door.post("/sign-ins/callback", json=brought)
    return answer.status_code, answer.json.get("code")


def starts(house, hostile) -> str:
    """The state of a sign-in at the hostile provider, which vouches for Kaisa."""
    way_in(house, hostile.issuer)
    state = house.begin()["state"]
    hostile.vouches(house, state)
    return state


@pytest.fixture
def called(monkeypatch) -> list[str]:
    """Which numbers somebody tried to reach; nobody is there."""
    reached = []

    def nobody(address, port, seconds):
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(http_client, "connect", nobody)
    return reached


def test_an_issuer_that_leads_into_a_closed_network_is_not_called(avis, called, monkeypatch):
    way_in(avis, "https://sso.example")
    for closed in INSIDE:
        for known in ([closed], [PUBLIC, closed]):
            providers.FAILURES._until.clear()
            is_known_as(monkeypatch, known)
            assert begun(avis) == AWAY and called == [], closed


def test_an_honest_provider_in_a_network_that_the_operator_has_opened_lets_kaisa_in(
    avis, hostile, monkeypatch
):
    state = starts(avis, hostile)
    assert finished(avis, state) == (201, None)
    monkeypatch.setenv("POLKU_OUTGOING_NETWORKS", "10.1.0.0/16")
    providers.DOCUMENTS._kept.clear()
    assert begun(avis) == AWAY
    assert hostile.asked.count(DOCUMENT) == 1


ADDRESSES = ("{plain}", "http://sso.example:8080/", "https://10.0.0.7/", "https://a:b@sso.example/")
ENDPOINTS = ("token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint")
TO_A_BROWSER = ("authorization_endpoint", "https://10.0.0.7/")  # which goes there itself: it may


@pytest.mark.parametrize(
    ("name", "address"), [each for each in product(ENDPOINTS, ADDRESSES) if each != TO_A_BROWSER]
)
def test_an_endpoint_in_the_document_is_judged_like_the_issuer(avis, hostile, name, address):
    """Our own ports and plain http, with the client secret, among them."""
    with Receiver() as ours:
        hostile.documents(**{name: address.format(plain=ours.address)})
        hostile.says("/token_endpoint", {"id_token": "", "access_token": "theirs"})
        way_in(avis, hostile.issuer)
        answer = avis.door.post("/sign-ins", json={"redirect_uri": f"http://{avis.host}/sign-in/back"})
        if answer.status_code == 201:
            hostile.answers.pop("/token_endpoint")
            hostile.vouches(avis, answer.json["state"], name=...)
            assert finished(avis, answer.json["state"]) == AWAY
        else:
            assert (answer.status_code, answer.json["code"]) == AWAY
        assert ours.got == []


def test_the_demonstrations_provider_is_excepted_and_nobody_who_says_the_same_address(avis, hostile):
    """Its plain http is for its own people alone: another's document may not lead there."""
    hostile.documents(token_endpoint=f"{avis.provider.issuer}/oauth2/token")
    assert begun(avis)[0] == 201
    way_in(avis, hostile.issuer)
    assert begun(avis) == AWAY


def test_the_call_goes_to_the_number_that_was_looked_at_though_the_name_moves_meanwhile(
    avis, called, monkeypatch
):
    way_in(avis, "https://sso.example")
    asked = is_known_as(monkeypatch, [PUBLIC], ["127.0.0.1"])
    assert begun(avis) == AWAY
    assert (asked, called) == (["sso.example"], [PUBLIC])


def test_a_certificate_of_another_name_gets_no_question(avis, hostile):
    way_in(avis, hostile.issuer.replace("localhost", "127.0.0.1"))
    assert begun(avis) == AWAY and hostile.asked == []


def padded(said: dict, size: int) -> bytes:
    """The same document, with so many blanks after it."""
    return json.dumps(said).encode() + size * b" "


def test_a_body_is_read_as_far_as_256_kb_and_no_further(avis, hostile):
    way_in(avis, hostile.issuer)
    hostile.says(DOCUMENT, padded(hostile.document, 200 * 1024))
    assert begun(avis)[0] == 201
    providers.DOCUMENTS._kept.clear()
    hostile.says(DOCUMENT, padded(hostile.document, 256 * 1024))
    assert begun(avis) == AWAY


def test_a_body_without_an_end_is_not_waited_for(avis, hostile):
    """The one who sends it notices that we hang up."""
    hung_up = threading.Event()

    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 314572800\r\n\r\n")
        try:
            while not hostile.over.is_set():
                handler.wfile.write(64 * 1024 * b" ")
        except OSError:
            hung_up.set()

    hostile.answers[DOCUMENT] = endless
    way_in(avis, hostile.issuer)
    assert begun(avis) == AWAY
    assert hung_up.wait(60)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_small_body_that_inflates_is_measured_inflated(avis, hostile, coding):
    bomb = gzip.compress(padded(hostile.document, 10 * 1024 * 1024))
    assert len(bomb) < 64 * 1024
    hostile.says(DOCUMENT, bomb, Content_Encoding=coding)
    way_in(avis, hostile.issuer)
    assert begun(avis) == AWAY


def test_a_body_that_was_packed_honestly_is_unpacked(avis, hostile):
    hostile.says(DOCUMENT, gzip.compress(json.dumps(hostile.document).encode()), Content_Encoding="gzip")
    way_in(avis, hostile.issuer)
    assert begun(avis)[0] == 201


@pytest.mark.parametrize("chunk", [b"-1\r\n", b"-fffff\r\n", b"zz\r\n", b"ffffffffffffffffffffff\r\n"])
def test_a_chunk_of_a_crooked_size_is_no_way_around_the_measure(avis, hostile, chunk):
    """`http.client` reads a chunk of size -1 to the end of the line, however long that is."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
    body = padded(hostile.document, 1024 * 1024)
    hostile.answers[DOCUMENT] = lambda handler: handler.wfile.write(head + body)
    way_in(avis, hostile.issuer)
    assert begun(avis) == AWAY


def drips(handler, over, some: bytes) -> None:
    """A little of an answer, again and again, never the end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.02):
        handler.wfile.write(some)


@pytest.mark.parametrize("slowness", ["hang", "drip headers", "drip body"])
def test_a_provider_that_never_finishes_is_left_within_the_step(avis, hostile, monkeypatch, slowness):
    monkeypatch.setattr(providers, "SECONDS_A_STEP", 0.3)
    hostile.answers[DOCUMENT] = {
        "hang": lambda handler: hostile.over.wait(),
        "drip headers": lambda handler: drips(handler, hostile.over, b"X: 1\r\n"),
        "drip body": lambda handler: drips(handler, hostile.over, b"\r\n "),
    }[slowness]
    way_in(avis, hostile.issuer)
    assert begun(avis) == AWAY
    assert not hostile.over.is_set()  # it still goes on, we do not


def test_a_handshake_that_never_ends_is_left_within_the_step(avis, monkeypatch):
    monkeypatch.setenv("POLKU_OUTGOING_NETWORKS", "127.0.0.0/8")
    monkeypatch.setattr(providers, "SECONDS_A_STEP", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way_in(avis, f"https://127.0.0.1:{silent.getsockname()[1]}")
        assert begun(avis) == AWAY


def test_all_that_a_step_asks_has_one_deadline_of_five_seconds(avis, hostile, monkeypatch):
    assert providers.SECONDS_A_STEP == 5.0
    state, deadlines = starts(avis, hostile), []
    hostile.vouches(avis, state, name=...)  # so that it is asked for the rest as well
    hostile.says("/userinfo", {"sub": "kaisa", "name": "Kaisa"})
    providers.DOCUMENTS._kept.clear()
    ask = providers.request
    monkeypatch.setattr(
        providers,
        "request",
        lambda *a, deadline, **k: deadlines.append(deadline) or ask(*a, deadline=deadline, **k),
    )
    hostile.asked.clear()
    assert finished(avis, state) == (201, None)
    assert hostile.asked == [DOCUMENT, "/token_endpoint", "/keys", "/userinfo"]
    assert len(deadlines) == 4 and len(set(map(id, deadlines))) == 1


def test_no_transaction_is_open_while_the_provider_is_asked(avis, hostile):
    in_use, honestly = [], hostile.honestly

    def noting(handler):
        in_use.append(engine_of("identity").pool.checkedout())
        honestly(handler)

    hostile.honestly = noting
    assert finished(avis, starts(avis, hostile)) == (201, None)
    assert in_use == [0, 0, 0]


def test_every_trouble_is_told_in_one_sentence_to_visitors_and_administrators(avis, hostile, monkeypatch):
    """Or the difference would show what answers inside our network."""
    sari = inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))
    closed = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(providers, "SECONDS_A_STEP", 0.5)
    port = closed.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closed.close()
        silent_port = silent.getsockname()[1]
        troubles = [
            "https://10.0.0.7",
            "https://169.254.169.254",
            "https://nobody.invalid",
            f"https://127.0.0.1:{port}",
        ]
        troubles += [
            f"https://127.0.0.1:{silent_port}",
            hostile.issuer.replace("localhost", "127.0.0.1"),
            "https://[fd00::1]",
        ]
        answers = [asked_of(avis, sari, issuer) for issuer in troubles]
        for body, status in (
            (b"<html>", 404),
            (b"[]", 200),
            (b"{}", 200),
            (300 * 1024 * b" ", 200),
            (b"{}", 302),
        ):
            hostile.says(DOCUMENT, body, status, Location="https://elsewhere.example/")
            answers.append(asked_of(avis, sari, hostile.issuer))
    assert len(set(answers)) == 1 and answers[0][0] == 502, answers


def asked_of(house, admin, issuer: str) -> tuple[int, str]:
    """What is said of an issuer to a visitor; and to an administrator it is the same."""
    providers.FAILURES._until.clear()
    way_in(house, issuer)
    to_visitors = house.door.post("/sign-ins", json={"redirect_uri": f"http://{house.host}/sign-in/back"})
    to_administrators = admin.post("/providers", json={"issuer": issuer})
    assert to_visitors.text == to_administrators.text
    return to_visitors.status_code, to_visitors.text


def test_ten_clicks_on_a_slow_provider_leave_pages_and_sign_in_to_everybody_else(
    avis, kelas, hostile, whole, browse, build
):
    """A process has four threads, and each click needs one: of ten at most two get as far as the provider."""
    hostile.hangs(DOCUMENT)
    way_in(avis, hostile.issuer)
    third = build(name="Vero")
    clicks = [browse(avis) for _ in range(10)]
    pekka, kaisa = browse(kelas), browse(third)
    with ThreadPoolExecutor(WEB_THREADS) as process:
        answers = [process.submit(click.get, "/sign-in") for click in clicks]
        theirs = process.submit(pekka.sign_in, kelas.employ("Pekka"))
        page = process.submit(kaisa.sign_in, third.employ("Kaisa"))
        assert theirs.result(60).status_code == 303 and page.result(60).status_code == 303
        assert not hostile.over.is_set() and len(hostile.asked) <= 2
        hostile.over.set()
        statuses = [answer.result(60).status_code for answer in answers]
    assert set(statuses) <= {502, 503} and statuses.count(503) >= 8
    assert not SLOTS._in_flight


def test_who_comes_back_while_all_slots_are_taken_tries_again_by_itself_and_gets_in(avis, browse, whole):
    kaisa = browse(avis)
    back = kaisa.way_back(avis.employ("Kaisa"))
    with acting_for(avis.id), SLOTS.taken(), SLOTS.taken():
        waits = kaisa.get(back)
    assert (waits.status_code, waits.headers["Refresh"], waits.headers["Retry-After"]) == (503, "2", "2")
    assert 'id="refusal"' in waits.text
    assert kaisa.get(back).status_code == 303 and kaisa.cookie("visit")


@pytest.fixture
def slow_names(monkeypatch):
    """Names that begin with "slow" are not answered for before the test is over; which ones were asked for."""
    for module in (dns, calls):
        monkeypatch.setattr(module, "SECONDS", 300.0)  # whoever waits for one waits until the test is over
    asked, over, look_up = [], threading.Event(), socket.getaddrinfo

    def looked_up(host, *rest, **how):
        if str(host).startswith("slow"):
            asked.append(host)
            over.wait()
        return look_up("localhost" if over.is_set() else host, *rest, **how)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield asked, over
    over.set()
    until(lambda: not dns._in_flight)


def test_ten_slow_names_of_endpoints_leave_pages_and_sign_in_to_everybody_else(
    avis, kelas, browse, slow_names, whole
):
    """An administrator registers webhooks whose names the name service never answers for."""
    asked, over = slow_names
    sari, pekka = browse(avis), browse(kelas)
    sari.sign_in(avis.employ("Sari", roles=["admin"]))
    form = {"name": "Intranet", "types": [PlanAgreed.type]}
    with ThreadPoolExecutor(WEB_THREADS) as process:
        answers = [
            process.submit(sari.post, "/desk/webhooks/new", form | {"address": f"https://slow-{n}.example/"})
            for n in range(10)
        ]
        theirs = process.submit(pekka.sign_in, kelas.employ("Pekka"))
        try:
            assert theirs.result(60).status_code == 303
        finally:
            over.set()
        assert len(asked) <= dns.MOST_OUT
        assert {answer.result(60).status_code for answer in answers} <= {409, 422}


def test_a_slow_endpoint_of_one_organisation_is_not_noticed_by_another(
    register, receiver, hear, kela, sari, calls_go_out, avis
):
    """Its calls are out and hang, while another's are delivered and others sign in."""
    receiver.usual = "hang"
    for _ in range(5):
        register(receiver.address)
    hear("notification", PlanAgreed(run_id=RUN, version=1))
    jobs.start_due(worker_sessions_of("notification"))
    until(lambda: len(receiver.got) == 2)
    with Receiver() as quick:
        theirs = register(quick.address, admin=sari.of(kela))
        with acting_for(kela):
            hear("notification", PlanAgreed(run_id=RUN, version=2))
        jobs.start_due(worker_sessions_of("notification"))
        until(lambda: [line["state"] for line in theirs.log()] == ["delivered"])
    avis.sign_in(avis.employ("Kaisa"))
    assert len(receiver.got) == 2 and not receiver.over.is_set()  # ours still hang, and no third is out
    receiver.over.set()
    until(lambda: not jobs._in_flight)


@pytest.mark.parametrize(("demonstration", "excepted"), [("yes", True), ("empty", True), ("no", False)])
def test_only_the_demonstration_has_a_provider_of_its_own(tmp_path, monkeypatch, demonstration, excepted):
    """Elsewhere nothing on this machine is excepted from https."""
    monkeypatch.delenv("POLKU_SIGN_IN", raising=False)
    monkeypatch.setenv("POLKU_DEMONSTRATION", demonstration)
    launcher = Launcher(tmp_path, threading.Event(), Progress())
    monkeypatch.setenv("POLKU_SIGN_IN", launcher.environment["POLKU_SIGN_IN"])
    assert providers.is_our_own("http://127.0.0.1:8083") is excepted
    assert not providers.is_our_own("") and not providers.is_our_own("/")
