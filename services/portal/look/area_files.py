"""The files of the areas: templates by the area's name (`views/mine.html`), static files under one address for all."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from flask import Response, request, url_for
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader

from services.portal.look.style import A_YEAR

PORTAL = Path(__file__).parents[1]
AREAS = PORTAL / "areas"


def template_loader() -> BaseLoader:
    """Finds the portal's own templates by their path, those of an area under the area's name."""
    of_areas = {folder.parent.name: FileSystemLoader(folder) for folder in AREAS.glob("*/templates")}
    return ChoiceLoader([FileSystemLoader(PORTAL / "templates"), PrefixLoader(of_areas)])


@cache
def static_folders() -> tuple[Path, ...]:
    return (PORTAL / "static", *sorted(AREAS.glob("*/static")))


@cache
def static_files() -> dict[str, Path]:
    """Each static file by its name, looked for once: a page names ten of them, in fourteen folders."""
    folders = reversed(static_folders())
    return {
        str(path.relative_to(folder)): path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def is_there(name: str) -> bool:
    return name in static_files()


def asset(name: str) -> str:
    """A static file's address, new whenever its content is."""
    path = static_files()[name]
    return url_for("static", filename=name, v=_fingerprint(path, path.stat().st_mtime_ns))


@cache
def _fingerprint(path: Path, changed: int) -> str:
    return blake2b(path.read_bytes(), digest_size=6).hexdigest()


def keep_what_never_changes(answer: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and answer.status_code == 200:
        answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return answer
