"""Finds the pages of the areas: modules in `areas/<area>/` that are called after a face and have `pages`."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from flask import Blueprint

from services.portal.menu import MenuItem
from services.portal.offers import Offer

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
    found = [area_of(face, module) for face, module in modules_of_pages() if has_pages_of_its_own(module)]
    return tuple(sorted(found, key=lambda area: (FACES.index(area.face), area.name)))


def modules_of_pages() -> Iterator[tuple[str, ModuleType]]:
    """`areas/<area>/<face>.py`, and `<face>_<pages>.py` where an area has several for one face."""
    for folder in pkgutil.iter_modules(import_module("services.portal.areas").__path__):
        package = import_module(f"services.portal.areas.{folder.name}")
        for found in pkgutil.iter_modules(package.__path__):
            if (face := found.name.split("_")[0]) in FACES:
                yield face, import_module(f"{package.__name__}.{found.name}")


def has_pages_of_its_own(module: ModuleType) -> bool:
    """A module may add to the pages of another one of its area; then it has that one's Blueprint."""
    return hasattr(module, "pages") and module.pages.import_name == module.__name__


def area_of(face: str, module: ModuleType) -> Area:
    menu, offers = tuple(getattr(module, "menu", ())), getattr(module, "offers", None)
    return Area(face, module.pages.name, module.pages, menu, offers)


def blueprint_of(face: str) -> Blueprint:
    """All areas of one face under its name; each keeps the paths that it wrote, whole, as the browser shows them."""
    whole = Blueprint(face, __name__)
    for area in areas():
        if area.face == face:
            whole.register_blueprint(area.pages, name=area.name)
    return whole
