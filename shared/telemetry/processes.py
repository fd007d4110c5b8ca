"""Several processes behind one port count together: each writes its counts into a file, and any of them adds up.

Imported by gunicorn's settings, before anything that counts: prometheus_client looks at its setting when it is loaded.
"""

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from shared.settings import setting
from shared.telemetry.memory import spare_what_stays

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")  # counts are no reason to write to a disk


def process_name() -> str:
    return setting("PROCESS_NAME", "web")


def count_together() -> None:
    """A folder for this server and its processes; what dead servers left is cleared away."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in place.glob("polku-counts-*"):
        if not Path("/proc", left.name.split("-")[2]).exists() and owned(left):
            shutil.rmtree(left, ignore_errors=True)
    os.environ[FOLDER] = tempfile.mkdtemp(prefix=f"polku-counts-{os.getpid()}-", dir=place)


def owned(folder: Path) -> bool:
    """Whether it is ours to remove; another server may have removed it meanwhile."""
    try:
        return folder.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        return False


def begin_server(server: Any) -> None:
    """gunicorn's when_ready, before it forks: what is loaded by then stays in the memory that all its processes share. A
    collection in one of them would write into each object's header, and have the memory copied."""
    spare_what_stays()


def begin_process(worker: Any) -> None:
    """gunicorn's post_worker_init: after the fork, and after gevent has had its way with threads."""
    from shared.telemetry import logs, tracing

    logs.speak(process_name(), logging.WARNING)
    tracing.start(process_name())
    spare_what_stays()


def end_process(server: Any, worker: Any) -> None:
    """gunicorn's worker_exit, in the process itself."""
    from shared.telemetry import tracing

    tracing.stop()


def forget_process(server: Any, worker: Any) -> None:
    """gunicorn's child_exit: its counters stay in the sum, what it had in use does not."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def end_server(server: Any) -> None:
    """gunicorn's on_exit."""
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


class GunicornLog(Logger):
    """Writes what gunicorn says in the form of all our log lines."""

    def setup(self, cfg: Any) -> None:
        from shared.telemetry.logs import form_for

        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(form_for(process_name()))
