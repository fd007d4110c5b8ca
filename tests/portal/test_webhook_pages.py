"""An administrator sets up where the organisation's own systems hear what happens, on screens."""

import re
from uuid import uuid4

import pytest
from lxml import html

from services.notification.listeners import jobs
from shared.contracts.process import PhaseOpened, PlanAgreed
from shared.database import worker_sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.paging import USUAL
from tests.notification.receiver import Receiver
from tests.notification.webhooks import verified

RUN = uuid4()


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin"])


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv("POLKU_DEMONSTRATION", "yes")
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def wished(receiver):
    return {"name": "Intranet", "address": receiver.address, "types": [PlanAgreed.type]}


@pytest.fixture
def registered(sari, wished):
    """The page of the endpoint, and its secret."""
    page = sari.post("/desk/webhooks/new", wished).text
    secret = re.search(r'value="(whsec_[^"]+)"', page)[1]
    return re.search(r'href="(/desk/webhooks/[0-9a-f-]{36})"', page)[1], secret


@pytest.fixture
def happens(world, avis):
    """The events have reached notification, and the endpoints have been called."""

    def happens(*events) -> None:
        with acting_for(avis.id):
            world.hear("notification", *events)
        while jobs.run_what_is_due(worker_sessions_of("notification")):
            continue  # also what other tests left

    return happens


def test_at_first_the_page_says_what_is_needed(sari):
    page = sari.get("/desk/webhooks")
    assert page.status_code == 200 and "/desk/webhooks/new" in page.text
    assert 'id="webhooks"' not in page.text


def test_the_secret_is_shown_once_and_checks_what_arrives(sari, registered, receiver, happens):
    path, secret = registered
    happens(PlanAgreed(run_id=RUN, version=1))
    [got] = receiver.got
    assert verified(got, secret)["data"]["version"] == 1
    for page in ("/desk/webhooks", path, f"{path}/edit"):
        assert "whsec_" not in sari.get(page).text
    assert "Sari" in sari.get("/desk/webhooks").text


def test_what_was_typed_stays_when_the_address_is_refused(sari, wished):
    answer = sari.post("/desk/webhooks/new", wished | {"address": "https://10.0.0.7/in"})
    assert answer.status_code == 422 and 'id="refusal"' in answer.text
    assert 'value="Intranet"' in answer.text and "https://10.0.0.7/in" in answer.text
    assert re.search(rf'value="{PlanAgreed.type}"[^>]* checked', answer.text)


def test_one_who_chose_no_event_is_told_so(sari, wished):
    answer = sari.post("/desk/webhooks/new", wished | {"types": []})
    assert answer.status_code == 422 and 'id="refusal"' in answer.text


def test_every_event_that_may_be_chosen_has_words(sari):
    page = sari.get("/desk/webhooks/new").text
    labels = re.findall(r'name="types" value="([^"]+)"[^>]*>([^<]+)</label>', page)
    assert len(labels) > 30
    assert not [type for type, label in labels if type.removeprefix("polku.") in label]


def test_the_log_shows_what_went_out_and_can_be_narrowed(sari, registered, happens):
    path, _ = registered
    happens(PlanAgreed(run_id=RUN, version=1))
    assert 'id="log"' in sari.get(path).text and "204" in sari.get(path).text
    assert 'id="log"' in sari.get(f"{path}?state=delivered").text
    assert 'id="log"' not in sari.get(f"{path}?state=failed").text


def test_one_is_sent_again_by_a_button(sari, registered, receiver, happens):
    path, _ = registered
    happens(PlanAgreed(run_id=RUN, version=1))
    delivery = re.search(r'name="delivery_id" value="([^"]+)"', sari.get(path).text)[1]
    assert sari.post(f"{path}/act", {"act": "again", "delivery_id": delivery}).status_code == 303
    happens()
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_test_event_arrives_signed_and_says_that_it_is_one(sari, registered, receiver, happens):
    path, secret = registered
    assert sari.post(f"{path}/act", {"act": "test"}).status_code == 303
    happens()
    assert verified(receiver.got[0], secret)["type"] == "polku.notification.webhook-tested.v1"


def test_what_was_given_up_is_sent_again_since_a_day(sari, registered):
    path, _ = registered
    assert sari.post(f"{path}/act", {"act": "all_again", "since": "2026-01-01"}).status_code == 303
    assert sari.post(f"{path}/act", {"act": "all_again", "since": "some day"}).status_code == 422


def test_paused_and_switched_on_again(sari, registered, receiver, happens):
    path, _ = registered
    sari.post(f"{path}/act", {"act": "pause"})
    happens(PlanAgreed(run_id=RUN, version=1))
    assert receiver.got == [] and 'value="resume"' in sari.get(path).text
    assert sari.post(f"{path}/act", {"act": "test"}).status_code == 409
    sari.post(f"{path}/act", {"act": "resume"})
    happens()
    assert len(receiver.got) == 1


def test_a_new_secret_and_the_old_one_sign_side_by_side(sari, registered, receiver, happens):
    path, old = registered
    new = re.search(r'value="(whsec_[^"]+)"', sari.post(f"{path}/secret").text)[1]
    happens(PlanAgreed(run_id=RUN, version=1))
    assert new != old
    assert verified(receiver.got[0], old) == verified(receiver.got[0], new)


def test_what_it_hears_of_is_changed(sari, registered, wished, receiver, happens):
    path, _ = registered
    answer = sari.post(f"{path}/edit", wished | {"name": "Chat", "types": [PhaseOpened.type]})
    assert answer.status_code == 303 and "Chat" in sari.get(path).text
    happens(PlanAgreed(run_id=RUN, version=1))
    assert receiver.got == []


def test_one_that_is_removed_hears_nothing_more_and_the_page_remembers_who_did_it(
    sari, registered, receiver, happens
):
    path, _ = registered
    assert sari.post(f"{path}/remove").status_code == 303
    happens(PlanAgreed(run_id=RUN, version=1))
    assert receiver.got == [] and sari.get(path).status_code == 404
    assert "Intranet" in sari.get("/desk/webhooks").text


def test_who_changed_what_is_read_to_the_end_and_back(sari, registered):
    path, _ = registered
    for _round in range(12):
        for act in ("pause", "resume"):
            assert sari.post(f"{path}/act", {"act": act}).status_code == 303
    first = html.fromstring(sari.get("/desk/webhooks").text)
    [more] = first.xpath("//a[@rel='next']/@href")
    last = html.fromstring(sari.get(more).text)
    read = [len(page.xpath("//ul/li[time]")) for page in (first, last)]
    assert read == [20, 5] and not last.xpath("//a[@rel='next']")
    assert last.xpath("//a[@rel='prev']/@href") == ["/desk/webhooks#changes"]
    assert not first.xpath("//a[@rel='prev']")


def test_the_log_is_read_to_the_end_and_back(sari, registered, happens):
    path, _ = registered
    happens(*[PlanAgreed(run_id=RUN, version=version) for version in range(USUAL + 1)])
    first = html.fromstring(sari.get(f"{path}?state=delivered").text)
    last = html.fromstring(sari.get(*first.xpath("//a[@rel='next']/@href")).text)
    assert [len(page.xpath("//table[@id='log']/tbody/tr")) for page in (first, last)] == [USUAL, 1]
    [back] = last.xpath("//a[@rel='prev']/@href")
    assert back == f"{path}?state=delivered#log-title" and not first.xpath("//a[@rel='prev']")


@pytest.mark.parametrize("role", ["coordinator", "designer", "supervisor"])
def test_only_administrators_come_here(browse, avis, registered, role):
    browser = browse(avis, "Tuula", roles=[role])
    path, _ = registered
    for page in ("/desk/webhooks", "/desk/webhooks/new", path):
        assert browser.get(page).status_code == 403
    assert "/desk/webhooks" not in browser.get("/home").text


def test_another_organisations_administrator_finds_nothing(browse, kelas, registered):
    pekka = browse(kelas, "Pekka", roles=["admin"])
    path, _ = registered
    assert pekka.get(path).status_code == 404
    assert pekka.post(f"{path}/remove").status_code == 404


def test_of_two_who_change_an_endpoint_the_second_sees_what_the_first_has_changed(sari, registered, wished):
    path, _ = registered
    first, second = sari.get(f"{path}/edit"), sari.get(f"{path}/edit")
    assert sari.submit(first, "webhook", name="Chat").status_code == 303
    assert sari.submit(second, "webhook", types=[PhaseOpened.type]).status_code == 303
    assert "Chat" in sari.get(path).text
    refused = sari.submit(second, "webhook", name="Viestit", types=[PlanAgreed.type])
    assert refused.status_code == 409 and '<p class="words">Chat</p>' in refused.text
    assert 'value="Viestit"' in refused.text
