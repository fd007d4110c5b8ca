"""Two people edit the same thing: who comes second sees both texts on the page, and chooses."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, barriers, keep_screenshot, overflows

COLOURS = ("#2f5d8c", "#3a6b35", "#7a3b2e")


@pytest.fixture
def settings(enter, polku):
    """settings() is the settings' page of Avi in a tab of its administrator's."""

    def settings(size: dict) -> tuple[Page, Page]:
        first = enter("avi", "sari", size=size)
        second = first.context.new_page()
        for tab in (first, second):
            tab.goto(polku.site("avi") + "/desk/settings")
        return first, second

    return settings


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_who_saves_second_sees_both_and_takes_the_other(settings, size):
    first, second = settings(size)
    stood = first.locator("#colour").input_value()
    theirs, mine = [colour for colour in COLOURS if colour != stood][:2]
    save(first, theirs)
    expect(first.locator(".flashes .notice.good")).to_be_visible()
    save(second, mine)
    expect(second.locator("#refusal")).to_be_visible()
    expect(second.locator("#colour")).to_have_value(mine)
    expect(second.locator("#colour-meanwhile")).to_contain_text(theirs)
    assert not barriers(second) and not overflows(second)
    keep_screenshot(second, f"two-people-{'phone' if size == PHONE else 'desk'}")
    second.locator("#colour-take").check()
    second.locator("#describe button").click()
    expect(second.locator(".flashes .notice.good")).to_be_visible()
    expect(second.locator("#colour")).to_have_value(theirs)
    expect(second.locator(".kept")).to_have_count(0)  # nothing is offered again that was given up


def save(page: Page, colour: str) -> None:
    page.locator("#colour").fill(colour)
    page.locator("#describe button").click()
