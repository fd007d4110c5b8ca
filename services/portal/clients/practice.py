"""Asks practice: my teams, their ground rules, and for those outside nothing but counts."""

from services.portal.clients.typed import client
from shared.contracts.api.practice import Practice

practice = client(Practice)
