"""The one guard for every address that somebody outside has named and our machines call: webhooks and sign-in.

`request` checks the address, looks its name up, connects to the very number that was checked, and reads an answer that
may neither last nor grow (docs/decisions/0063).
"""

from shared.web.outbound.destinations import NOTHING_ELSE, Allowance, Destination
from shared.web.outbound.http_client import Deadline, Response, request

__all__ = ["NOTHING_ELSE", "Allowance", "Deadline", "Destination", "Response", "request"]
