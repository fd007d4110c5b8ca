"""Takes a picture of every page that the demonstration's people reach by links, on a phone and at a desk."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.demo.personas import PERSONAS, Persona
from tests.browser.walking import CHROMIUM, DESK, ID, PHONE, QUIET, house_of, pattern, sign_in, walk

WIDTHS = {"phone": PHONE, "desk": DESK}
MOST_PAGES = 400
LIST = "pages.json"
NOBODY = ("/", "/protection", "/nowhere")  # what somebody unknown sees
Say = Callable[[str], None]


@dataclass(frozen=True)
class Seen:
    """A page that somebody stood on."""

    who: str
    site: str
    path: str

    @property
    def name(self) -> str:
        """For its files: the last letters of an id are enough to tell it from others."""
        short = re.sub(ID, lambda id: id[0][-6:], self.path).strip("/").replace("/", "_")
        return re.sub(r"[^\w.-]", "-", f"{self.who}_{self.site}_{short}")


class Album:
    """A folder with pictures, what is written on each page, and the list of the pages with the moment that browsers took
    for now."""

    def __init__(self, folder: Path, at: datetime | None = None) -> None:
        self.folder, self.at, self.pages = folder, at or datetime.now(UTC), list[Seen]()
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def read(cls, folder: Path) -> "Album":
        kept = json.loads((folder / LIST).read_text())
        album = cls(folder, datetime.fromisoformat(kept["at"]))
        album.pages = [Seen(**page) for page in kept["pages"]]
        return album

    @classmethod
    def begun(cls, folder: Path, at: datetime | None) -> "Album":
        """The one that is in the folder, to go on with, or a new one."""
        return cls.read(folder) if (folder / LIST).exists() else cls(folder, at)

    def forget(self, who: str) -> None:
        self.pages = [seen for seen in self.pages if seen.who != who]

    def keep(self, page: Page, seen: Seen) -> None:
        for width, size in WIDTHS.items():
            page.set_viewport_size(size)
            page.evaluate("document.fonts.ready")
            path = self.folder / f"{seen.name}-{width}.png"
            page.screenshot(path=path, full_page=True, animations="disabled", caret="hide")
        (self.folder / f"{seen.name}.txt").write_text(page.inner_text("body"))
        self.pages.append(seen)

    def close(self) -> None:
        kept = {"at": self.at.isoformat(), "pages": [asdict(page) for page in self.pages]}
        (self.folder / LIST).write_text(json.dumps(kept, indent=1))


def take(folder: Path, site: Callable[[str], str], say: Say, like: Path | None, who: list[str]) -> None:
    """Everybody's pages, or those of an earlier album; `who` names the people (and "nobody") when not all are wanted."""
    before = Album.read(like) if like else None
    album = Album.begun(folder, before.at if before else None)
    with chromium() as browser:
        for name, take_them in takers(album, browser, site, before).items():
            if name in who or not who:
                album.forget(name)
                take_them()
                album.close()
                say(f"{name}: {sum(seen.who == name for seen in album.pages)} pages")


def takers(
    album: Album, browser: Browser, site: Callable[[str], str], before: Album | None
) -> dict[str, Callable[[], None]]:
    takers = {"nobody": partial(album_of_nobody, album, browser, site)}
    return takers | {
        persona.subject: partial(album_of, persona, album, browser, site, before) for persona in PERSONAS
    }


def album_of_nobody(album: Album, browser: Browser, site: Callable[[str], str]) -> None:
    for slug in ("avi", "console"):
        with still(browser, "fi", album.at) as context:
            page = context.new_page()
            for path in NOBODY:
                page.goto(site(slug) + path)
                album.keep(page, Seen("nobody", slug, path))


def album_of(
    persona: Persona, album: Album, browser: Browser, site: Callable[[str], str], before: Album | None
) -> None:
    slug = house_of(persona)
    with still(browser, persona.language, album.at) as context:
        page = context.new_page()
        sign_in(page, site(slug), persona.subject)
        for path in paths_of(persona, before) if before else by_links(page):
            if before:
                page.goto(site(slug) + path, wait_until="load")
            album.keep(page, Seen(persona.subject, slug, path))


def paths_of(persona: Persona, album: Album) -> list[str]:
    return [seen.path for seen in album.pages if seen.who == persona.subject]


def by_links(page: Page) -> Iterator[str]:
    """Every kind of page of every run."""
    for url in walk(page, MOST_PAGES, kind_within_its_run, refused=True):
        page.set_viewport_size(DESK)
        yield urlsplit(url).path


def kind_within_its_run(url: str) -> str:
    """Pages of two runs are two, for runs stand at different steps; what hangs on other ids is one."""
    head, run, rest = urlsplit(url).path.partition("/runs/")
    kept, _, rest = rest.partition("/")
    return f"{pattern(head)}{run}{kept}/{pattern(rest)}"


@contextmanager
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        raise SystemExit("Chromium is not installed: `apt-get install chromium`, then again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def still(browser: Browser, language: str, at: datetime) -> Iterator[BrowserContext]:
    """A browser in which nothing moves and it is always the same moment."""
    context = browser.new_context(
        viewport=DESK, locale=language, timezone_id="Europe/Helsinki", reduced_motion="reduce"
    )
    context.clock.set_fixed_time(at)
    yield context
    context.close()
