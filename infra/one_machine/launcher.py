"""The one launcher: database, migrations, demonstration, then web, worker and live, until Ctrl-C."""

import json
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from threading import Event, Thread

import psutil

from infra.backup.sealing import PRIVATE, ensure_backup_key
from infra.database.embedded import Database
from infra.demo.personas import CONSULTANCY, ORGANISATIONS, of
from infra.keys.files import unlink_dead_keys
from infra.one_machine.addresses import mailbox_url, our_ports, sign_in_url, site, smtp_port
from infra.one_machine.processes import processes_of_one_machine
from infra.one_machine.setup import cut_fonts, demonstrate, migrate, must_not_be_half_loaded, open_consultancy
from infra.processes import lock
from infra.processes.log_files import LogFiles
from infra.processes.ports import LOOPBACK, check_ports
from infra.processes.process import Process, end_leftovers, left_behind
from infra.processes.supervisor import Stopped, Supervisor
from infra.progress import Progress
from infra.secrets.sharing import settings_of, share
from infra.trouble import check_space, sentence_for
from shared.settings import NOTED, launchers_note, setting, state_directory

OPEN_FILES = 10_000  # files that a process may have open
log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # before there is a log, nothing of it belongs on the screen


def main(launcher: "type[Launcher] | None" = None) -> int:
    home, stop = state_directory(), Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        # in a thread: a handler runs between two steps of `stop.wait`, which may hold the very lock that `set` takes
        signal.signal(sign, lambda *_: Thread(target=stop.set).start())
    try:
        prepare(home)
        with lock.hold(home):
            (launcher or Launcher)(home, stop, Progress()).run()
    except Stopped:
        return 0
    except Exception as problem:
        log.exception("Polku stopped")
        print(f"\n{sentence_for(problem, home)}", file=sys.stderr, flush=True)
        return 1
    return 0


def prepare(home: Path) -> None:
    """The state directory with its rooms, and a log for what a person at the keyboard need not see."""
    for room in (home, home / "logs", home / "run"):
        room.mkdir(parents=True, exist_ok=True)
    keep_private(home)
    check_space(home)
    raise_file_limit()
    logging.basicConfig(
        filename=home / "logs" / "launcher.log", format="%(asctime)s %(levelname)s %(message)s"
    )


def keep_private(home: Path) -> None:
    """Takes from others on this machine the right to read what we write, and what an earlier version wrote. As root the database has
    a user of its own, who has to pass the state directory without reading it."""
    os.umask(0o077)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for room in ("logs", "run", "mailbox", "parts", "keys"):
        for path in [home / room, *(home / room).rglob("*")]:
            if path.exists():
                path.chmod(0o700 if path.is_dir() else 0o600)
    for note in (*home.glob("*.json"), *home.glob(PRIVATE)):
        note.chmod(0o600)


def raise_file_limit() -> None:
    """Lets processes open as many files as the system allows, up to OPEN_FILES: every stream of live is one, and a shell often allows
    a thousand."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class Launcher:
    """One run of Polku on this machine; holds the state directory's lock while it lives."""

    command = "make run"

    def __init__(self, home: Path, stop: Event, progress: Progress) -> None:
        self.home, self.stop, self.progress = home, stop, progress
        wanted = setting("DEMONSTRATION", "yes")  # yes, empty (its sign-in and mailbox, but no content) or no
        self.with_demonstration, self.with_content = wanted != "no", wanted == "yes"
        self.database, self.logs = Database(home), LogFiles(home)
        self.environment = {
            "POLKU_HOME": str(home),
            "POLKU_SMTP": setting("SMTP", f"{LOOPBACK}:{smtp_port()}"),
            "POLKU_SIGN_IN": sign_in_url() if self.with_demonstration else setting("SIGN_IN", ""),
            "POLKU_DEMONSTRATION": wanted,  # webhooks may lead to this machine then
            "POLKU_LOG": setting("LOG", "text"),  # here it is people who read the files
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",  # two cores are shared by all; idle pools only cost memory
            "OPENBLAS_NUM_THREADS": "1",
        }
        if self.with_demonstration:  # whoever tries it alone does not wait for minutes
            self.environment["POLKU_HANDFULS_EVERY"] = setting("HANDFULS_EVERY", "5")
        self.processes = self.processes_to_run()

    def processes_to_run(self) -> list[Process]:
        return processes_of_one_machine(self.home, self.environment, self.with_demonstration)

    @property
    def ports(self) -> dict[str, int]:
        return our_ports()

    def run(self) -> None:
        self.progress.say(f"Polku starts; its data are in {self.home}.")
        self.clear_leftovers()
        self.logs.look()
        self.check_needs()
        try:
            self.start_stores()
            self.set_up()
            self.serve()
        finally:
            self.stop_stores()
        self.progress.say("Stopped. All data are kept.")

    def clear_leftovers(self) -> None:
        if left := end_leftovers(left_behind(self.home)):
            self.progress.say(
                f"The last start was cut off; ended what it had left running: {', '.join(left)}."
            )

    def check_needs(self) -> None:
        if self.with_content:
            must_not_be_half_loaded(self.home)
        check_ports(self.ports, self.command)

    def start_stores(self) -> None:
        """Starts the database and tells the processes where it is; before that it unlinks the files of destroyed keys."""
        ensure_backup_key(self.home)
        unlink_dead_keys()
        with self.progress.step("database"):
            self.environment["POLKU_DATABASE"] = self.database.start()
        os.environ.update(self.environment)
        share(self.home, [process.name for process in self.processes])
        for process in self.processes:
            process.own |= settings_of(
                self.home, process.name
            )  # and not the operator's, with everything in it

    def stop_stores(self) -> None:
        launchers_note().unlink(missing_ok=True)
        with self.progress.step("stopping the database"):
            self.database.stop()

    def set_up(self) -> None:
        steps = [("migrations", migrate), ("fonts", cut_fonts)]
        if self.with_demonstration:
            steps.append(("consultancy", open_consultancy))
        for name, step in steps:
            with self.progress.step(name):
                step(self.home, self.stop)

    def serve(self) -> None:
        supervisor = Supervisor(self.processes, self.stop, self.progress)
        leave_note(self.ports)
        try:
            supervisor.start()
            supervisor.wait_until_ready()
            if self.with_content:
                demonstrate(self.home, self.stop, self.progress)
            self.welcome()
            supervisor.watch(self.logs.look)
        finally:
            with self.progress.step(f"stopping {self.names_of_processes}"):
                supervisor.stop_all()

    @property
    def names_of_processes(self) -> str:
        return ", ".join(process.name for process in self.processes)

    def welcome(self) -> None:
        lines = [f"\nPolku is ready after {self.progress.seconds:.1f} seconds.\n"]
        lines.append(f"  Consultancy's console    {site('console')}")
        if self.with_demonstration:
            lines += [
                f"  {ORGANISATIONS[slug]:<24} {site(slug)}" for slug in ORGANISATIONS if slug != CONSULTANCY
            ]
            lines += [
                f"  Mailbox                  {mailbox_url()}",
                "",
                "Who can sign in (no passwords; all are invented):",
            ]
            lines += [f"  {name:<24} {people_of(slug)}" for slug, name in ORGANISATIONS.items()]
        lines.append("\nCtrl-C stops everything; the data stay.")
        self.progress.say("\n".join(lines))


def leave_note(ports: dict[str, int]) -> None:
    """Notes our settings and ports for commands beside us: dead letters, rebuild, the move to Kafka, backup, `make sign-in`."""
    settings = {name: os.environ[f"POLKU_{name}"] for name in NOTED if f"POLKU_{name}" in os.environ}
    about = {"settings": settings, "ports": ports}
    born = psutil.Process().create_time()
    launchers_note().write_text(json.dumps({"launcher": os.getpid(), "born": born, **about}))


def people_of(slug: str) -> str:
    return ("\n" + " " * 27).join(f"{persona.name}, {persona.doing}" for persona in of(slug))
