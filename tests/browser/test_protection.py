"""The promise on its page, and where people decide to speak, read in a browser by somebody unknown and by Kaisa."""

import pytest

from tests.browser.conftest import PHONE, look_at

PAGE = "/protection"


@pytest.mark.parametrize(("host", "language"), [("avi", "fi"), ("avi", "sv"), ("console", "en")])
def test_whoever_has_not_signed_in_reads_it_without_a_barrier(polku, chromium, host, language):
    context = chromium.new_context(locale=language)
    page = context.new_page()
    page.goto(f"{polku.site(host)}{PAGE}?lang={language}")
    assert page.locator("#protection h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    found = look_at(page, f"protection-{language}-unknown")
    context.close()
    assert not found


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_kaisa_finds_it_by_the_foot_of_her_home_with_the_days_of_her_path(enter, language):
    page, found = enter("avi", "kaisa", language=language), []
    page.goto(f"{page.url}?lang={language}")
    page.locator(f'footer a[href="{PAGE}"]').click()
    page.wait_for_url(f"**{PAGE}")
    page.goto(f"{page.url}?lang={language}")
    assert page.locator("#protection tbody tr").count() >= 4
    found += look_at(page, f"protection-{language}-kaisa")
    page.goto(page.url.replace(PAGE, "/me"))
    found += look_at(page, f"me-{language}-kaisa")
    assert not found


def test_on_paper_all_of_it_is_there(enter):
    page = enter("avi", "kaisa", size=PHONE)
    page.goto(page.url.replace("/home", PAGE))
    page.emulate_media(media="print")
    assert all(section.is_visible() for section in page.locator("#protection section").all())
