"""A demonstration of its own, started by the launcher, and the machine's Chromium to walk through it."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from infra.installation import Installation, installed, running_here

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
RUNNING = running_here() if os.environ.get("POLKU_RUNNING") else None  # before tests get a home of their own
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def polku(tmp_path_factory) -> Iterator[Installation]:
    """A fresh one; POLKU_RUNNING=yes takes the `make run` that is running, which spares the waiting."""
    if RUNNING:
        yield RUNNING
        return
    with installed(tmp_path_factory.mktemp("polku"), "yes") as installation:
        yield installation


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
        page.goto(polku.site(slug) + "/")
        if page.locator("#sign-in button").count():
            page.locator("#sign-in button").first.click()
        page.locator(f'button[name=sub][value="{subject}"]').click()
        page.wait_for_url(lambda url: url.endswith(("/home", "/cockpit")))
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not complaints


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it stands now."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    return [f"{page.url} {rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


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
