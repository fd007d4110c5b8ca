import os
import signal
import threading

import psutil
import pytest

from infra.processes.process import Part, end_leftovers
from infra.processes.supervisor import PartFailed, Stopped, Supervisor
from infra.progress import Progress

WAITS = "import signal; print('waiting', flush=True); signal.pause()"
DIES = "print('I have lost my way'); raise SystemExit(3)"


@pytest.fixture
def part(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    made = []

    def make(code: str, name: str = "part") -> Part:
        log = tmp_path / "logs" / f"{name}.log"
        made.append(Part(name, ["-c", code], lambda: "waiting" in log.read_text(), tmp_path, {}))
        return made[-1]

    yield make
    for each in made:
        if each.is_alive:
            each.process.kill()
            each.process.wait()


@pytest.fixture
def stop():
    return threading.Event()


def test_all_are_ready_before_we_say_so(part, stop, capsys):
    supervisor = Supervisor([part(WAITS, "web"), part(WAITS, "worker")], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    said = capsys.readouterr().out
    assert "web is ready" in said and "worker is ready" in said
    supervisor.stop_all()
    assert not any(each.is_alive for each in supervisor.parts)


def test_one_that_dies_while_starting_is_named_with_its_last_words(part, stop):
    supervisor = Supervisor([part(DIES, "web")], stop, Progress())
    supervisor.start()
    with pytest.raises(PartFailed, match=r"web stopped while it was starting(.|\n)*I have lost my way"):
        supervisor.wait_until_ready()


def test_one_that_is_killed_is_started_again(part, stop, capsys):
    supervisor = Supervisor([part(WAITS, "worker")], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    first = supervisor.parts[0].process
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    first.send_signal(signal.SIGKILL)
    first.wait()
    new = _until(lambda: supervisor.parts[0].process is not first and supervisor.parts[0].process)
    stop.set()
    watching.join()
    assert psutil.pid_exists(new.pid)
    assert "worker stopped by itself; starting it again" in capsys.readouterr().out
    supervisor.stop_all()


def test_one_that_dies_again_and_again_ends_it_all(part, stop):
    supervisor = Supervisor([part(DIES, "web")], stop, Progress())
    supervisor.start()
    with pytest.raises(PartFailed, match="web stopped 3 times within a minute"):
        supervisor.watch()


def test_stopping_while_starting_is_possible(part, stop):
    supervisor = Supervisor([part("import signal; signal.pause()")], stop, Progress())
    supervisor.start()
    supervisor.parts[0].log.touch()
    stop.set()
    with pytest.raises(Stopped):
        supervisor.wait_until_ready()
    supervisor.stop_all()


def test_the_next_launcher_ends_what_a_killed_one_left_running(part):
    left = part(WAITS, "web")
    left.start()
    pid = left.process.pid
    next_time = Part("web", left.arguments, left.is_ready, left.home, {})
    assert end_leftovers([next_time]) == ["web"]
    left.process.wait()
    assert not psutil.pid_exists(pid)
    assert end_leftovers([next_time]) == []


def test_a_note_about_a_number_that_is_somebody_elses_now_harms_nobody(part):
    other = part(WAITS, "other")
    other.start()
    note = other.home / "run" / "web.json"
    note.write_text(f"[{other.process.pid}, 12345.0]")
    assert end_leftovers([Part("web", [], lambda: True, other.home, {})]) == []
    assert other.is_alive
    other.ask_to_stop()
    other.wait_until_stopped()
    assert os.listdir(other.home / "run") == []


def _until(happened):
    waiting = threading.Event()
    while not (found := happened()):
        waiting.wait(0.02)
    return found


def test_who_is_still_needed_is_asked_to_go_when_those_who_need_it_are_gone(part, stop, monkeypatch):
    web, worker = part(WAITS, "web"), part(WAITS, "worker")
    worker.wave = 1
    supervisor = Supervisor([worker, web], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    alive_when_asked = []
    ask = worker.ask_to_stop
    monkeypatch.setattr(worker, "ask_to_stop", lambda: alive_when_asked.append(web.is_alive) or ask())
    supervisor.stop_all()
    assert alive_when_asked == [False]
