import os
import signal
import threading

import psutil
import pytest

from infra.processes.process import Process, end_leftovers
from infra.processes.supervisor import ProcessFailed, Stopped, Supervisor
from infra.progress import Progress

WAITS = "import signal; print('waiting', flush=True); signal.pause()"
DIES = "print('I have lost my way'); raise SystemExit(3)"


@pytest.fixture
def process(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    made = []

    def make(code: str, name: str = "part") -> Process:
        log = tmp_path / "logs" / f"{name}.log"
        made.append(Process(name, ["-c", code], lambda: "waiting" in log.read_text(), tmp_path, {}))
        return made[-1]

    yield make
    for each in made:
        if each.is_alive:
            each.child.kill()
            each.child.wait()


@pytest.fixture
def stop():
    return threading.Event()


def test_all_are_ready_before_we_say_so(process, stop, capsys):
    supervisor = Supervisor([process(WAITS, "web"), process(WAITS, "worker")], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    said = capsys.readouterr().out
    assert "web is ready" in said and "worker is ready" in said
    supervisor.stop_all()
    assert not any(each.is_alive for each in supervisor.processes)


def test_one_that_dies_while_starting_is_named_with_its_last_lines(process, stop):
    supervisor = Supervisor([process(DIES, "web")], stop, Progress())
    supervisor.start()
    with pytest.raises(ProcessFailed, match=r"web stopped while it was starting(.|\n)*I have lost my way"):
        supervisor.wait_until_ready()


def test_one_that_is_killed_is_started_again(process, stop, capsys):
    supervisor = Supervisor([process(WAITS, "worker")], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    first = supervisor.processes[0].child
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    first.send_signal(signal.SIGKILL)
    first.wait()
    new = _until(lambda: supervisor.processes[0].child is not first and supervisor.processes[0].child)
    stop.set()
    watching.join()
    assert psutil.pid_exists(new.pid)
    assert "worker stopped by itself; starting it again" in capsys.readouterr().out
    supervisor.stop_all()


def test_one_that_dies_again_and_again_ends_it_all(process, stop):
    supervisor = Supervisor([process(DIES, "web")], stop, Progress())
    supervisor.start()
    with pytest.raises(ProcessFailed, match="web stopped 3 times within a minute"):
        supervisor.watch()


def test_stopping_while_starting_is_possible(process, stop):
    supervisor = Supervisor([process("import signal; signal.pause()")], stop, Progress())
    supervisor.start()
    supervisor.processes[0].log.touch()
    stop.set()
    with pytest.raises(Stopped):
        supervisor.wait_until_ready()
    supervisor.stop_all()


def test_the_next_launcher_ends_what_a_killed_one_left_running(process):
    left = process(WAITS, "web")
    left.start()
    pid = left.child.pid
    next_time = Process("web", left.arguments, left.is_ready, left.home, {})
    assert end_leftovers([next_time]) == ["web"]
    left.child.wait()
    assert not psutil.pid_exists(pid)
    assert end_leftovers([next_time]) == []


def test_a_note_about_a_number_that_is_somebody_elses_now_harms_nobody(process):
    other = process(WAITS, "other")
    other.start()
    note = other.home / "run" / "web.json"
    note.write_text(f"[{other.child.pid}, 12345.0]")
    assert end_leftovers([Process("web", [], lambda: True, other.home, {})]) == []
    assert other.is_alive
    other.ask_to_stop()
    other.wait_until_stopped()
    assert os.listdir(other.home / "run") == []


def _until(happened):
    waiting = threading.Event()
    while not (found := happened()):
        waiting.wait(0.02)
    return found


def test_who_is_still_needed_is_asked_to_go_when_those_who_need_it_are_gone(process, stop, monkeypatch):
    web, worker = process(WAITS, "web"), process(WAITS, "worker")
    worker.stop_order = 1
    supervisor = Supervisor([worker, web], stop, Progress())
    supervisor.start()
    supervisor.wait_until_ready()
    alive_when_asked = []
    ask = worker.ask_to_stop
    monkeypatch.setattr(worker, "ask_to_stop", lambda: alive_when_asked.append(web.is_alive) or ask())
    supervisor.stop_all()
    assert alive_when_asked == [False]
