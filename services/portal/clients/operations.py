"""Asks every service how its events are doing: counts alone, with a token of the portal's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any
from uuid import UUID

from services.portal.clients import base
from services.portal.clients.base import ApiProblem, ask, in_our_own_name
from shared.settings import SERVICES

ASKED = [service for service in SERVICES if service != "portal"]
PATIENCE = 5.0  # seconds: an operator wants to know soon who does not answer


def states_of_the_bus(organisation: UUID) -> dict[str, dict[str, int] | None]:
    """{"survey": {"told": 12, "handled": 12, "unsent": 0, ...}, "voting": None, ...}: all are asked at once, and None is
    one that does not answer, just when the operator looks."""
    for service in ASKED:
        base.connection_to(
            service
        )  # made here once: on one machine that makes the service, no work for ten threads at once
    with ThreadPoolExecutor(len(ASKED), "states") as crew:
        return dict(
            zip(ASKED, crew.map(here(partial(state_of, organisation=organisation)), ASKED), strict=True)
        )


def here(asking: Callable[[str], dict[str, int] | None]) -> Callable[[str], dict[str, int] | None]:
    """In another thread, but as part of this request: its traces go on there."""
    contexts = {service: copy_context() for service in ASKED}
    return lambda service: contexts[service].run(asking, service)


def state_of_the_mail_server(organisation: UUID) -> dict[str, Any]:
    """Returns since when it takes no mails, how many wait, and what it answered; nothing where notification does not answer."""
    portal = in_our_own_name("notification", organisation)
    try:
        return ask("notification", "GET", "/mail-server", portal, timeout=PATIENCE).json()
    except ApiProblem as problem:
        if problem.status < 500:
            raise
        return {}


def state_of(service: str, organisation: UUID) -> dict[str, int] | None:
    portal = in_our_own_name(service, organisation)
    try:
        return ask(service, "GET", "/bus", portal, timeout=PATIENCE).json()
    except ApiProblem as problem:
        if problem.status < 500:
            raise
        return None
