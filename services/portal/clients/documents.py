"""Reads a service's own OpenAPI document: the same for everybody, so no token is needed."""

from services.portal.clients.base import ask
from shared.settings import SERVICES

DESCRIBED = [service for service in SERVICES if service != "portal"]


def openapi_of(service: str) -> bytes:
    """The document as the service wrote it, in JSON."""
    return ask(service, "GET", "/openapi.json").content
