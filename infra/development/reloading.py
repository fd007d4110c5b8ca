"""`python -m infra.development.reloading web|live|worker`: the process again whenever its code is saved, within a second or two.

What takes longest, other people's packages and shared/, is loaded once; each time a fork loads the services alone. What is in
templates, styles and scripts needs no reload. The socket stays open meanwhile: a request waits instead of failing.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from threading import Event
from types import FrameType

import shared
from infra.development.debugging import Terminal
from infra.development.only_here import insist
from infra.development.serving import served
from infra.processes.process import ROOT
from shared.languages import translations
from shared.telemetry.memory import load_first

WATCHED, KINDS = ("services", "shared", "infra"), (".py", ".po")
LISTED = (".css", ".js")  # which there are is looked up once; what is in them needs no reload
LOOK_EVERY = {"web": 0.2, "live": 3.0, "worker": 2.0}  # seconds; whoever waits for a page is served first
NOT_LOADED = {"web": (), "live": (), "worker": ("services/portal/",)}
HEAVY = ("flask_smorest", "lxml.html", "typst", "jinja2.ext")
LONGEST_GOODBYE = 5.0
Saved = dict[str, int]


def main(name: str) -> None:
    insist()
    load_first()
    start = served(name)
    try:
        if name != "live":  # it loads little, under gevent
            load_what_services_build_on()
    except Exception:
        traceback.print_exc()
        wait_until_something_is_saved()
        all_anew(name)
    Reloader(name, start).run()


def load_what_services_build_on() -> None:
    for module in walk_packages(shared.__path__, "shared."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            import_module(module.name)
    for name in HEAVY:
        import_module(name)


def wait_until_something_is_saved() -> None:
    before = saved()
    while saved() == before:
        time.sleep(LOOK_EVERY["web"])


def all_anew(name: str) -> None:
    """In the same process, which keeps its number and its socket."""
    os.execv(sys.executable, [sys.executable, "-m", "infra.development.reloading", name])


def saved() -> Saved:
    """When each source was saved last, and which styles and scripts there are."""
    found: Saved = {}
    for folder in WATCHED:
        for place, _, names in os.walk(ROOT / folder):
            for name in names:
                path = os.path.join(place, name)
                if name.endswith(LISTED):
                    found[path] = 0
                elif name.endswith(KINDS):
                    with suppress(FileNotFoundError):  # an editor puts another file in its place just now
                        found[path] = os.stat(path).st_mtime_ns
    return found


def settled() -> Saved:
    """As it is once nothing more is being saved: a checkout writes many files."""
    now = saved()
    while now != (now := saved()):
        time.sleep(0.05)
    return now


class Reloader:
    """A parent that has loaded what seldom changes, and its child, which has loaded the services and does the work."""

    def __init__(self, name: str, start: Callable[[], None]) -> None:
        self.name, self.start = name, start
        self.stop, self.child, self.terminal = Event(), 0, Terminal()

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self.asked_to_stop)
        before = saved()
        self.begin()
        while not self.stop.wait(LOOK_EVERY[self.name]):
            before, changed = (now := settled()), self.changes(before, now)
            if changed:
                self.again(changed)
        self.end()

    def changes(self, before: Saved, now: Saved) -> set[str]:
        """Returns the files saved meanwhile that this process loads, by their path in the repository."""
        changed = {os.path.relpath(path, ROOT) for path, _ in before.items() ^ now.items()}
        return {path for path in changed if not path.startswith(NOT_LOADED[self.name])}

    def asked_to_stop(self, sign: int, frame: FrameType | None) -> None:
        self.stop.set()

    def again(self, changed: set[str]) -> None:
        """Translations are read anew where they are; only the services are loaded anew, unless something below them was saved: then
        everything."""
        print(f"{self.name}: {', '.join(sorted(changed))}", flush=True)
        if self.name != "live" and all(path.endswith(".po") for path in changed):
            os.kill(self.child, signal.SIGUSR1)
            return
        self.end()
        if all(path.startswith("services/") for path in changed):
            self.begin()
        else:
            all_anew(self.name)

    def begin(self) -> None:
        self.child = os.fork()
        if self.child == 0:
            for sign in (signal.SIGTERM, signal.SIGINT):
                signal.signal(sign, signal.SIG_DFL)
            signal.signal(signal.SIGUSR1, lambda *_: translations.cache_clear())
            self.start()
            os._exit(0)  # nothing of the parent's is to be ended here

    def end(self) -> None:
        """Asks the child to finish, and does not wait long; one that has ended by itself (its log says why) is no matter."""
        os.kill(self.child, signal.SIGTERM)
        deadline = time.monotonic() + LONGEST_GOODBYE
        while os.waitpid(self.child, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self.child, signal.SIGKILL)
            time.sleep(0.01)
        self.terminal.as_it_was()


if __name__ == "__main__":
    main(sys.argv[1])
