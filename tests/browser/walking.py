"""A person's browser and the way from page to page by links: for the tests of every page, and for the pictures of them."""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

from infra.demo.personas import CONSULTANCY, Persona

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
QUIET += ["--disable-component-update", "--disable-sync"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
NO_PAGE = re.compile(r"\.(pdf|ics|csv|json|png|svg|txt|md|zip)$|/sign-out|/download|lang=")


def house_of(persona: Persona) -> str:
    """The first word of the host name at which somebody works."""
    return "console" if persona.organisation == CONSULTANCY else persona.organisation


def sign_in(page: Page, site: str, subject: str) -> None:
    """By the demonstration's sign-in, as far as the person's own front page."""
    page.goto(site + "/")
    if page.locator("#sign-in button").count():
        page.locator("#sign-in button").first.click()
    page.locator(f'button[name=sub][value="{subject}"]').click()
    page.wait_for_url(lambda url: url.endswith(("/home", "/cockpit")))


def pattern(url: str) -> str:
    """Pages that differ only in ids, or in the type of an event, are one page."""
    return re.sub(ID + r"|polku(\.[a-z-]+)+\.v\d+", "*", urlsplit(url).path)


def reachable(page: Page) -> list[str]:
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    return [link for link in links if urlsplit(link).netloc == here and not NO_PAGE.search(link)]


def walk(page: Page, most: int, kind=pattern, refused: bool = False) -> Iterator[str]:
    """Yields with `page` standing on each kind of page in turn; `refused` takes those that are not for this person, too."""
    waiting, seen = [page.url, *reachable(page)], set()
    while waiting and len(seen) < most:
        url = waiting.pop(0).split("#")[0]
        if kind(url) in seen:
            continue
        seen.add(kind(url))
        answer = page.goto(url, wait_until="load")
        if answer and "text/html" in answer.headers.get("content-type", ""):
            assert refused or answer.status == 200, f"{url} answered {answer.status}"
            yield url
            waiting += reachable(page)
