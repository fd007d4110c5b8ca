"""Every page that a person can reach by links: no barrier for axe, no sideways scrolling on a phone, no complaint."""

import pytest

from infra.demo.personas import PERSONAS, Persona
from tests.browser.conftest import barriers, keep_screenshot, overflows
from tests.browser.walking import DESK, PHONE, house_of, pattern, walk

MOST_PAGES = 60
NOT_MEANWHILE = ("henna", "sari")  # others act on the pages of their desks


def alone(persona: Persona):
    """For a process of the run to take by itself, where nobody acts on what this one sees."""
    marks = [] if persona.subject in NOT_MEANWHILE else [pytest.mark.xdist_group(persona.subject)]
    return pytest.param(persona, marks=marks, id=persona.subject)


@pytest.mark.parametrize("persona", [alone(persona) for persona in PERSONAS])
def test_every_page_is_there_for_everybody(enter, persona):
    page, found = enter(house_of(persona), persona.subject, language=persona.language), []
    for url in walk(page, MOST_PAGES):
        page.set_viewport_size(DESK)
        found += barriers(page)
        keep_screenshot(page, f"{persona.subject}{pattern(url).replace('/', '_')}-desk")
        page.set_viewport_size(PHONE)
        if overflows(page):
            found.append(f"{url} scrolls sideways on a phone")
        keep_screenshot(page, f"{persona.subject}{pattern(url).replace('/', '_')}-phone")
    assert not found
