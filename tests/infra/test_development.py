"""`make dev` and the commands beside it: for one person's machine alone, and what is saved is taken up."""

import logging
import os
import sys
import threading
import webbrowser
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from babel.messages.pofile import read_po

from infra.development import debugging, reloading, serving, sign_in, texts
from infra.development.launcher import NothingToDebug, process_to_debug
from infra.development.only_here import NotForDevelopment, insist
from infra.processes.ports import LOOPBACK
from infra.processes.process import ROOT


@pytest.fixture
def my_machine(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("POLKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("POLKU_HOME", str(tmp_path))
    return tmp_path


def test_a_new_folder_on_my_machine_is_for_development(my_machine):
    insist()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMONSTRATION", "no"),
        ("GATEWAY", "https"),
        ("LISTENS_AT", "0.0.0.0"),
        ("BASE_DOMAIN", "polku.example.org"),
        ("DATABASE", "db:5432/polku"),
    ],
)
def test_what_others_reach_is_not_for_development(my_machine, monkeypatch, name, value):
    monkeypatch.setenv(f"POLKU_{name}", value)
    with pytest.raises(NotForDevelopment):
        insist()


def test_an_installation_with_people_in_it_is_not_for_development(my_machine):
    (my_machine / "secrets.json").touch()
    with pytest.raises(NotForDevelopment):
        insist()
    (my_machine / "run").mkdir()
    (my_machine / "run" / "consultancy").touch()
    insist()


def test_pages_are_served_to_this_machine_alone(my_machine, monkeypatch):
    monkeypatch.setenv("POLKU_WEB_PORT", "0")
    monkeypatch.setenv(serving.SOCKET, "")
    monkeypatch.delenv(serving.SOCKET)
    with serving.open_socket() as listening:
        assert listening.getsockname()[0] == LOOPBACK


@pytest.mark.parametrize(("name", "process"), [("", None), ("voting", "web"), ("worker", "worker")])
def test_the_debugger_is_where_the_service_runs(name, process):
    assert process_to_debug(name) == process


def test_what_cannot_be_debugged_is_named():
    with pytest.raises(NothingToDebug, match="choose worker or one of identity"):
        process_to_debug("votes")


def test_a_fault_opens_the_debugger_when_it_came_through_that_service(monkeypatch):
    looked_at = []
    monkeypatch.setattr(debugging.pdb, "post_mortem", looked_at.append)
    for path in ("services/voting/models/hand.py", "services/survey/authorship.py"):
        with pytest.raises(ZeroDivisionError):
            exec(compile("1 / 0", str(ROOT / path), "exec"))
        try:
            exec(compile("1 / 0", str(ROOT / path), "exec"))
        except ZeroDivisionError:
            record = logging.LogRecord("x", logging.ERROR, path, 1, "fault", (), sys.exc_info())
            debugging.PostMortem("voting").emit(record)
    assert len(looked_at) == 1


@pytest.mark.parametrize(
    ("name", "path", "taken_up"),
    [
        ("web", "services/portal/door.py", True),
        ("worker", "services/portal/door.py", False),
        ("worker", "services/voting/listeners.py", True),
    ],
)
def test_a_process_takes_up_what_it_loads(name, path, taken_up):
    reloader = reloading.Reloader(name, lambda: None)
    here = str(ROOT / path)
    assert reloader.changes({here: 1}, {here: 2}) == ({path} if taken_up else set())
    assert reloader.changes({here: 1}, {here: 1}) == set()


def test_a_new_stylesheet_is_taken_up_and_one_that_is_edited_needs_no_reload(monkeypatch, tmp_path):
    monkeypatch.setattr(reloading, "ROOT", tmp_path)
    (folder := tmp_path / "services/portal/static").mkdir(parents=True)
    before = reloading.saved()
    (sheet := folder / "new.css").write_text("a { color: red }")
    after = reloading.saved()
    assert after.keys() - before.keys() == {str(sheet)}
    os.utime(sheet, ns=(1, 1))
    assert reloading.saved() == after


@pytest.mark.parametrize(
    ("changed", "what_happens"),
    [
        ({"services/portal/translations/shell.fi.po"}, ["reads translations"]),
        ({"services/portal/door.py"}, ["ends", "begins"]),
        ({"services/portal/door.py", "shared/languages.py"}, ["ends", "starts anew"]),
    ],
)
def test_no_more_is_loaded_than_was_saved(monkeypatch, changed, what_happens):
    happened = []
    reloader = reloading.Reloader("web", lambda: None)
    monkeypatch.setattr(reloader, "end", lambda: happened.append("ends"))
    monkeypatch.setattr(reloader, "begin", lambda: happened.append("begins"))
    monkeypatch.setattr(reloading.os, "kill", lambda *given: happened.append("reads translations"))
    monkeypatch.setattr(reloading.os, "execv", lambda *given: happened.append("starts anew"))
    reloader.again(changed)
    assert happened == what_happens


def test_a_module_that_cannot_be_loaded_is_said_on_the_page():
    begun = []
    pieces = serving.page_that_says("NameError: <ballot>")({}, lambda *given: begun.append(given))
    assert begun[0][0].startswith("500")
    assert b"NameError: &lt;ballot&gt;" in b"".join(pieces)


def test_the_browser_is_handed_the_session_once(my_machine, monkeypatch, capsys):
    opened = threading.Event()
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: (addresses.append(address), opened.set()))
    handing = threading.Thread(
        target=sign_in.hand_over, args=("secret", "avi", "http://avi.polku.localhost:1")
    )
    handing.start()
    assert opened.wait(10)
    where = urlsplit(addresses[0])
    answers = []
    for path in ("/guessed", where.path):
        connection = HTTPConnection(LOOPBACK, where.port, timeout=10)
        connection.request("GET", path)
        answers.append(connection.getresponse())
    handing.join(10)
    assert [(answer.status, answer.getheader("Set-Cookie")) for answer in answers] == [
        (404, None),
        (303, "visit=secret; Path=/; HttpOnly; SameSite=Lax"),
    ]
    assert not handing.is_alive()


def test_a_new_sentence_gets_its_place_beside_its_area():
    sentence = texts.Sentence("%(number)s “new” one", "%(number)s “new” ones")
    place = ROOT / "services/portal/areas/reading/employee.py:1"
    [(catalogue, entries)] = texts.lacking({sentence: place}, set(), "sv").items()
    assert catalogue == ROOT / "services/portal/areas/reading/translations/reading.sv.po"
    assert texts.lacking({sentence: place}, {sentence.key}, "sv") == {}
    [message] = [one for one in read_po(entries[0].splitlines()) if one.id]
    assert message.id == (sentence.one, sentence.many)
    assert message.locations == [("services/portal/areas/reading/employee.py", 1)]
