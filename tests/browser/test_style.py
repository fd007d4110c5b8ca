"""The page of the pieces: no barrier at any piece, on whatever device it is looked at, and none when it is used."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, barriers, look_at

Opened = Callable[..., Page]


@pytest.fixture
def pieces(polku, chromium) -> Iterator[Opened]:
    """pieces("dark", language="sv") is the page of somebody who has not signed in; what it complains of fails the test."""
    contexts, complaints = [], []

    def opened(look: str = "device", language: str = "fi", **device: str) -> Page:
        contexts.append(context := chromium.new_context(viewport=DESK, locale=language, **device))
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{polku.site('avi')}/style/{look}?lang={language}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
def test_no_piece_has_a_barrier(pieces, look):
    assert not look_at(pieces(look), f"style-{look}")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_piece_has_a_barrier_in_other_languages(pieces, language):
    assert not look_at(pieces(language=language), f"style-{language}")


@pytest.mark.parametrize(
    "device", [{"color_scheme": "dark"}, {"forced_colors": "active"}], ids=["dark", "forced"]
)
def test_no_piece_has_a_barrier_on_such_a_device(pieces, device):
    assert not look_at(pieces(**device), f"style-on-{'-'.join(device.values())}")


def test_pieces_that_are_used_have_no_barrier(pieces):
    page = pieces()
    page.eval_on_selector_all("main details:not([open]) > summary", "all => all.forEach(it => it.click())")
    page.fill("#limited", "liian pitkä " * 10)
    page.check("#one-b")
    page.locator("#all-fields .button").last.focus()
    assert page.locator("#limited + [data-said]").inner_text()
    assert not barriers(page)


def test_a_form_that_is_sent_says_that_it_went_nowhere(pieces):
    page = pieces()
    page.locator("#all-fields .button").last.click()
    page.wait_for_selector("main > .flashes .notice.good")
    assert not barriers(page)


def test_the_looks_stand_side_by_side(pieces):
    page = pieces("frames")
    shown = [frame.url.split("?")[0].rpartition("/")[2] for frame in page.frames[1:]]
    assert shown == ["light", "dark", "forced", "light", "dark"]
    page.wait_for_function(
        "[...document.querySelectorAll('iframe')].every(it => it.contentDocument.querySelector('h1'))"
    )
    assert not barriers(page)
