"""A demonstration of its own, started by the launcher, and the machine's Chromium to walk through it."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from infra.demo.installation import Installation, running_here
from tests.browser.walking import CHROMIUM, DESK, PHONE, QUIET
from tests.browser.walking import sign_in as sign_in_by_links
from tests.conftest import folder_of_this_run
from tests.installed import installed

RUNNING = running_here() if os.environ.get("POLKU_RUNNING") else None  # before tests get a home of their own
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BARRIERS = """async options => (await axe.run(options)).violations.flatMap(
    rule => rule.nodes.map(node => `${location.href} ${rule.id}: ${node.html.slice(0, 200)}`))"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever only looks may do so while others act; those who act on the one demonstration do so one after the other."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("acts"))


@pytest.fixture(scope="session")
def polku(request) -> Iterator[Installation]:
    """A fresh one, for all processes of the run; POLKU_RUNNING=yes takes the `make run` that is running, which spares the
    waiting."""
    if RUNNING:
        yield RUNNING
        return
    home = folder_of_this_run(request.config)
    told = home / "installation.json"
    with (home / "users").open("w") as users, ExitStack() as ours:
        with FileLock(home / "installation.lock"):
            if not told.exists():
                ours.callback(shutil.rmtree, home)
                started = ours.enter_context(installed(home / "polku", "yes"))
                ours.callback(fcntl.flock, users, fcntl.LOCK_EX)  # it ends when the others have left
                told.write_text(json.dumps({"home": str(started.home), "ports": started.ports}))
            fcntl.flock(users, fcntl.LOCK_SH)
        where = json.loads(told.read_text())
        yield Installation(Path(where["home"]), where["ports"])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.fail("Chromium is not installed: `apt-get install chromium`, then `make browser` again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def enter(polku, chromium) -> Iterator[Callable[..., Page]]:
    """enter("avi", "kaisa") is that person's browser, signed in; everything the page complains of fails the test."""
    contexts, complaints = [], []

    def sign_in(
        slug: str, subject: str, size: dict = DESK, language: str = "fi", script: bool = True
    ) -> Page:
        context = chromium.new_context(viewport=size, locale=language, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in_by_links(page, polku.site(slug), subject)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not complaints


DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def barriers(page: Page) -> list[str]:
    """Returns what axe finds on the page as it stands now, once it is drawn: what scrolls is noticed by then."""
    page.evaluate(DRAWN)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(BARRIERS, {"runOnly": WCAG, "resultTypes": ["violations"]})


def overflows(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def look_at(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, at a desk and on a phone."""
    found = barriers(page)
    keep_screenshot(page, f"{name}-desk")
    page.set_viewport_size(PHONE)
    found += barriers(page)
    keep_screenshot(page, f"{name}-phone")
    found += [f"{page.url} scrolls sideways on a phone"] if overflows(page) else []
    page.set_viewport_size(DESK)
    return found


def keep_screenshot(page: Page, name: str) -> None:
    """For people to look at, when POLKU_SCREENSHOTS names a folder."""
    if folder := os.environ.get("POLKU_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
