"""Every page that a person can reach by links: no barrier for axe, no sideways scrolling on a phone, no complaint."""

import re
from urllib.parse import urlsplit

import pytest

from infra.demo.personas import CONSULTANCY, PERSONAS, Persona
from tests.browser.conftest import DESK, PHONE, barriers, keep_screenshot, overflows

MOST_PAGES = 60
NOT_MEANWHILE = ("henna", "sari")  # others act on the pages of their desks
NO_PAGE = re.compile(r"\.(pdf|ics|csv|json|png|svg|txt|md|zip)$|/sign-out|/download|lang=")


def pattern(url: str) -> str:
    """Pages that differ only in ids, or in the type of an event, are one page."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|polku(\.[a-z-]+)+\.v\d+", "*", urlsplit(url).path)


def reachable(page) -> list[str]:
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    return [link for link in links if urlsplit(link).netloc == here and not NO_PAGE.search(link)]


def walk(page):
    """Yield with `page` standing on each kind of page in turn."""
    waiting, seen = [page.url, *reachable(page)], set()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0).split("#")[0]
        if pattern(url) in seen:
            continue
        seen.add(pattern(url))
        answer = page.goto(url, wait_until="load")
        if answer and "text/html" in answer.headers.get("content-type", ""):
            assert answer.status == 200, f"{url} answered {answer.status}"
            yield url
            waiting += reachable(page)


def alone(persona: Persona):
    """For a process of the run to take by itself, where nobody acts on what this one sees."""
    marks = [] if persona.subject in NOT_MEANWHILE else [pytest.mark.xdist_group(persona.subject)]
    return pytest.param(persona, marks=marks, id=persona.subject)


@pytest.mark.parametrize("persona", [alone(persona) for persona in PERSONAS])
def test_every_page_is_there_for_everybody(enter, persona):
    slug = "console" if persona.organisation == CONSULTANCY else persona.organisation
    page, found = enter(slug, persona.subject, language=persona.language), []
    for url in walk(page):
        page.set_viewport_size(DESK)
        found += barriers(page)
        keep_screenshot(page, f"{persona.subject}{pattern(url).replace('/', '_')}-desk")
        page.set_viewport_size(PHONE)
        if overflows(page):
            found.append(f"{url} scrolls sideways on a phone")
        keep_screenshot(page, f"{persona.subject}{pattern(url).replace('/', '_')}-phone")
    assert not found
