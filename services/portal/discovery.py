"""Finds the areas of the portal: a module in `employee/`, `client/` or `console/` that has `pages` is an area."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from flask import Blueprint

from services.portal.home import Offer
from services.portal.menu import MenuItem

FACES = ("employee", "client", "console")


@dataclass(frozen=True)
class Area:
    """One folder of pages with one purpose for one of the three faces, for example giving views as an employee."""

    face: str
    name: str
    pages: Blueprint
    menu: tuple[MenuItem, ...]
    offers: Callable[..., list[Offer]] | None

    @property
    def prefix(self) -> str:
        """Endpoints are said in full as `employee.views.show`, whoever links to them."""
        return f"{self.face}.{self.name}"


@cache
def areas() -> tuple[Area, ...]:
    return tuple(area for face in FACES for area in _areas_of(face))


def _areas_of(face: str) -> Iterator[Area]:
    folder = import_module(f"services.portal.{face}")
    for found in pkgutil.iter_modules(folder.__path__):
        module = import_module(f"{folder.__name__}.{found.name}")
        if hasattr(module, "pages"):
            yield _area(face, found.name, module)


def _area(face: str, name: str, module: ModuleType) -> Area:
    return Area(face, name, module.pages, tuple(getattr(module, "menu", ())), getattr(module, "offers", None))


def blueprint_of(face: str) -> Blueprint:
    """All areas of one face under its name; each keeps the paths that it wrote, whole, as the browser shows them."""
    whole = Blueprint(face, __name__)
    for area in areas():
        if area.face == face:
            whole.register_blueprint(area.pages, name=area.name)
    return whole
