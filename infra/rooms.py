"""Services by the modules that they have: not every service has an app or listeners."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from shared.settings import SERVICES

SERVICES_FOLDER = Path(__file__).resolve().parent.parent / "services"


def rooms(name: str) -> dict[str, ModuleType]:
    """The module of that name in every service that has one: rooms("listeners")."""
    return {service: room(service, name) for service in with_room(name)}


def room(service: str, name: str) -> ModuleType:
    return import_module(f"services.{service}.{name}")


def with_room(name: str) -> list[str]:
    """The services that have it; nothing is loaded."""
    return [service for service in SERVICES if has(service, name)]


def has(service: str, room: str) -> bool:
    place = SERVICES_FOLDER / service / room
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()
