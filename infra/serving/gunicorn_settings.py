"""Settings of gunicorn for the web and live processes: python -m gunicorn -c python:infra.serving.gunicorn_settings."""

import os
from typing import Any

from shared.telemetry.memory import load_first
from shared.telemetry.processes import (
    GunicornLog,
    begin_process,
    begin_server,
    count_together,
    end_process,
    end_server,
    forget_process,
)

graceful_timeout = 25  # the launcher gives everybody 30 seconds
timeout = 60
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # heartbeats must not wait for a busy disk
accesslog = None  # who reads what is nobody's business
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
logger_class = GunicornLog
when_ready, post_worker_init, worker_exit, child_exit, on_exit = (
    begin_server,
    begin_process,
    end_process,
    forget_process,
    end_server,
)

count_together()
load_first()


def post_fork(server: Any, worker: Any) -> None:
    """A process that loads the application for itself does so without collections, too; begin_process ends that."""
    load_first()
