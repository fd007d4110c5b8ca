"""How the web and live processes are served on one machine: python -m gunicorn -c python:infra.gunicorn_settings."""

import os

graceful_timeout = 25  # the launcher gives everybody 30 seconds
timeout = 60
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # heartbeats must not wait for a busy disk
accesslog = None  # who reads what is nobody's business
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
