"""What processes use: seconds of CPU with their children's, and memory, as /proc says (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)."""

import json
from collections.abc import Iterable
from pathlib import Path

import psutil


class Family:
    """Processes with all their children, also those that have ended meanwhile."""

    def __init__(self, heads: Iterable[int]) -> None:
        self.heads = [psutil.Process(pid) for pid in heads]

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, in user mode and in the kernel."""
        ended = (head.cpu_times() for head in self.heads)
        known = sum(times.children_user + times.children_system for times in ended)
        return known + sum(used(process) for process in self.members)

    @property
    def memory(self) -> float:
        """Megabytes; what several share is shared among them (PSS)."""
        return sum(held(process) for process in self.members) / 1e6

    @property
    def members(self) -> set[psutil.Process]:
        return {*self.heads, *(child for head in self.heads for child in head.children(recursive=True))}


def platform(home: Path) -> Family:
    """The launcher of an installation, all that it started, and PostgreSQL."""
    return Family([first_number(home / "launcher.lock"), first_number(home / "postgres/postmaster.pid")])


def process(home: Path, name: str) -> Family:
    """One process of an installation: web, worker, live, or its database."""
    if name == "database":
        return Family([first_number(home / "postgres/postmaster.pid")])
    return Family([json.loads((home / "run" / f"{name}.json").read_text())[0]])


def first_number(note: Path) -> int:
    return int(note.read_text().split()[0])


def used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # a connection's, that has just ended: its head counts it
        return 0.0
    return times.user + times.system


def held(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
