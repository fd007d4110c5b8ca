"""The four pictures of the documents: an employee's home, a board, the ranking, and the workbook in the staff's words."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page

from infra.demo.personas import PERSONAS, Persona
from tests.browser.walking import house_of, sign_in, walk
from tests.pictures.taking import chromium, kind_within_its_run, still

DOCUMENTS = Path(__file__).parents[2] / "docs" / "pictures"
PHONE, DESK = {"width": 390, "height": 760}, {"width": 1100, "height": 760}
COLOURS, FAR = 64, 400  # a page has few colours; so many pages are looked at on the way


@dataclass(frozen=True)
class Shown:
    """A page: of whom, how large, where, and what has to stand on it."""

    name: str
    subject: str
    size: dict[str, int]
    path: str
    holds: str = "main"

    @property
    def persona(self) -> Persona:
        return next(persona for persona in PERSONAS if persona.subject == self.subject)

    def is_here(self, page: Page) -> bool:
        return bool(re.search(self.path, urlsplit(page.url).path)) and page.locator(self.holds).count() > 0


SHOWN = (
    Shown("home", "kaisa", PHONE, r"/home$"),
    Shown("workbook", "kaisa", DESK, r"/workbook$", 'a[href*="/workbook/passages/"]'),
    Shown("board", "jari", DESK, r"/boards/"),
    Shown("results", "jari", DESK, r"/results$", "table tbody tr:nth-child(10)"),
)


def show(site: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Writes them into docs/pictures."""
    with chromium() as browser:
        for shown in SHOWN:
            path = DOCUMENTS / f"{shown.name}.png"
            small(picture_of(shown, browser, site)).save(path, optimize=True)
            say(f"{path.name}: {path.stat().st_size // 1024} kB")


def picture_of(shown: Shown, browser: Browser, site: Callable[[str], str]) -> bytes:
    slug = house_of(shown.persona)
    with still(browser, shown.persona.language, datetime.now(UTC)) as context:
        page = context.new_page()
        sign_in(page, site(slug), shown.subject)
        go_to(shown, page)
        page.set_viewport_size(shown.size)
        page.evaluate("document.fonts.ready")
        return page.screenshot(animations="disabled", caret="hide")


def go_to(shown: Shown, page: Page) -> None:
    for _ in walk(page, FAR, kind_within_its_run, refused=True):
        if shown.is_here(page):
            return
    raise SystemExit(f"{shown.persona.name} finds no page for {shown.name}.png.")


def small(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
