"""Starts the processes of one machine so that they take up what is saved, one of them with the debugger in this terminal."""

import os
import subprocess
from dataclasses import dataclass

from infra.one_machine.launcher import Launcher
from infra.processes.process import ROOT, Process
from infra.trouble import CannotStart
from shared.settings import SERVICES, setting

RELOADED = ("web", "live", "worker")


class NothingToDebug(CannotStart):
    def __init__(self, name: str) -> None:
        super().__init__(f"DEBUG={name}: choose worker or one of {', '.join(SERVICES)}.")


class DevelopmentLauncher(Launcher):
    command = "make dev"

    def processes_to_run(self) -> list[Process]:
        debugged = process_to_debug(setting("DEBUG", ""))
        return [for_development(process, process.name == debugged) for process in super().processes_to_run()]

    def welcome(self) -> None:
        super().welcome()
        self.progress.say(
            f"What you save is seen at the next request. Log files are in {self.home / 'logs'}."
        )


def process_to_debug(name: str) -> str | None:
    """The process in which `name`, a service or "worker", runs."""
    if name in ("", "worker"):
        return name or None
    if name not in SERVICES:
        raise NothingToDebug(name)
    return "web"


def for_development(process: Process, debugged: bool) -> Process:
    if process.name not in RELOADED:
        return process
    reloading = ["-m", "infra.development.reloading", process.name]
    kind = AtTheTerminal if debugged else Process
    return kind(process.name, reloading, process.is_ready, process.home, process.environment, process.own)


@dataclass
class AtTheTerminal(Process):
    """Reads and writes where the launcher was started, so that a debugger can be talked to."""

    def start(self) -> None:
        self.log.touch()
        self.child = subprocess.Popen(
            [self.program, *self.arguments],
            cwd=ROOT,
            env=os.environ | self.environment | self.own | {"POLKU_PROCESS_NAME": self.name},
            start_new_session=True,  # Ctrl-C is for the launcher
        )
        self._remember(self.child.pid)
