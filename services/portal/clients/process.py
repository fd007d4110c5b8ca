"""Asks the process: the path of a run, the plan as an agreement, moving on."""

from services.portal.clients.typed import client
from shared.contracts.api.process import Process

process = client(Process)
