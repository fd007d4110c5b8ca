"""Limits are said while one types and chooses: nothing pasted is cut off, nothing too large sets out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from shared.web.file_limits import LARGEST_FORM, LARGEST_PICTURE
from tests.browser.conftest import PHONE
from tests.browser.test_nothing_typed_is_lost import link, sign_in

LONGEST = 2000


@pytest.fixture
def writing(enter, polku) -> Page:
    """Linnea has a view to write before her, on a phone."""
    page = enter("skargard", "linnea", size=PHONE, language="sv")
    page.goto(link(page, "views"))
    page.goto(link(page, "views/[0-9a-f-]{36}$"))
    return page


def said_behind(page: Page, field: str):
    return page.locator(f"{field} + [data-said]")


def paste(page: Page, field: str, text: str) -> None:
    page.locator(field).fill("")  # a draft may lie there
    page.keyboard.insert_text(text)


def test_what_is_pasted_is_not_cut_off_and_its_surplus_is_said(writing):
    paste(writing, "#text", "🙂" * (LONGEST - 1) + "\n" + "a" * 3)
    assert writing.locator("#text").input_value() == "🙂" * (LONGEST - 1) + "\n" + "a" * 3
    expect(said_behind(writing, "#text")).to_have_text("3 tecken för mycket")
    writing.locator("#give-view button[value=send]").click()
    assert writing.locator("#text:invalid").count() == 1, "it has not set out"


def test_the_last_quarter_counts_letters_line_ends_and_emoji_as_one_each(writing):
    paste(writing, "#text", "🙂" * (LONGEST - 12) + "\na\u0308")
    expect(said_behind(writing, "#text")).to_have_text("10 tecken kvar")
    writing.locator("#text").fill("kort")
    expect(said_behind(writing, "#text")).to_have_text("")
    assert writing.locator("#text:invalid").count() == 0


@pytest.fixture
def studio(chromium, polku) -> Iterator[Page]:
    """The theme studio of the client's designer; a browser notes each refusal as an error, and here they are meant."""
    context = chromium.new_context(viewport=PHONE, locale="fi")
    page = context.new_page()
    page.goto(polku.site("avi") + "/desk/theme")
    sign_in(page, "olli", "avi")
    page.goto(polku.site("avi") + "/desk/theme")
    yield page
    context.close()


def test_a_picture_that_is_too_large_is_said_at_once_and_does_not_set_out(studio, tmp_path):
    page = studio
    large = tmp_path / "kuva.jpg"
    large.write_bytes(b"\xff\xd8\xff" + b"\0" * LARGEST_PICTURE)
    page.locator("#cover_file").set_input_files(large)
    expect(said_behind(page, "#cover_file")).to_contain_text("suurempi kuin 25 Mt")
    page.locator("#theme button[value=save]").click()
    assert page.locator("#cover_file:invalid").count() == 1
    broken = tmp_path / "toinen.jpg"
    broken.write_bytes(b"\xff\xd8\xff")
    page.locator("#cover_file").set_input_files(broken)
    expect(said_behind(page, "#cover_file")).to_have_text("")
    page.locator("#theme button[value=save]").click()
    expect(page.locator("#cover_file-about .wrong")).to_contain_text("ei ole kuva")
    expect(page.locator("#cover_file")).to_be_focused()


def test_what_is_too_large_to_be_read_leads_back_to_what_was_typed(studio, tmp_path):
    """As without the check on choosing: the portal refuses before it reads."""
    large = tmp_path / "elokuva.mp4"
    large.write_bytes(b"x" * (LARGEST_FORM + 1))
    studio.locator("#brand").fill("#123456")
    studio.evaluate("delete document.getElementById('cover_file').dataset.mostBytes")
    studio.locator("#cover_file").set_input_files(large)
    studio.locator("#theme button[value=save]").click()
    expect(studio.locator("#refusal")).to_contain_text("Lähetys on liian suuri")
    studio.locator("main a.button").click()
    expect(studio.locator("#brand")).to_have_value("#123456")
