"""What people do, by mouse, by keyboard and without script; axe looks again after each act."""

import re

import pytest

from tests.browser.conftest import PHONE, barriers, overflows


def of_run(page, part: str) -> str:
    """The address of the first link on the page that leads to this part of a run."""
    links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
    return next(link for link in links if re.search(rf"/runs/[0-9a-f-]+/{part}", link))


def test_a_view_is_drafted_on_one_device_and_sent_from_another(enter):
    desk = enter("skargard", "linnea", language="sv")
    desk.goto(of_run(desk, "views"))
    address = of_run(desk, "views/[0-9a-f-]{36}$")
    desk.goto(address)
    with desk.expect_response(lambda answer: answer.url.endswith("/draft")):
        desk.locator("#give-view textarea").fill("Vi behöver en gemensam paus mitt på dagen.")
    assert not barriers(desk)
    phone = enter("skargard", "linnea", size=PHONE, language="sv")
    phone.goto(address)
    assert phone.locator("#give-view textarea").input_value() == "Vi behöver en gemensam paus mitt på dagen."
    phone.locator("#give-view button[value=send]").click()
    phone.wait_for_url("**/thanks")
    assert not barriers(phone)
    assert not overflows(phone)


def test_a_card_is_answered_by_a_number_key_and_stays_answered(enter):
    page = enter("avi", "kaisa")
    page.goto(of_run(page, "reading"))
    page.locator("#start-reading button, #read-on button").first.click()
    page.wait_for_selector("#answers")
    card = page.locator("#answers li").first
    card.focus()
    answer, key = ("disagree", "3") if card.locator("input[value=agree]").is_checked() else ("agree", "1")
    with page.expect_response(lambda answer: "/reading/" in answer.url and answer.request.method == "POST"):
        page.keyboard.press(key)
    assert card.locator(f"input[value={answer}]").is_checked()
    assert not barriers(page)
    page.reload()
    assert page.locator("#answers li").first.locator(f"input[value={answer}]").is_checked()


def test_reading_works_without_script(enter):
    page = enter("avi", "mikael", language="sv", script=False)
    page.locator("main a[href$='/reading']").first.click()
    page.locator("#start-reading button, #read-on button").first.click()
    for card in page.locator("#answers li").all():
        card.locator("input[value=agree]").check()
    page.locator("#answers .button[value=next]").click()
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desk"])
def test_the_menu_opens_by_keyboard(enter, size):
    page = enter("avi", "kaisa", size=size)
    button = page.locator(".menu-button")
    if button.is_visible():
        button.focus()
        page.keyboard.press("Enter")
    assert page.locator("#menu a").first.is_visible()
    assert not barriers(page)


def test_what_one_looks_for_in_the_workbook_is_found(enter):
    page = enter("avi", "kaisa")
    page.goto(of_run(page, "workbook"))
    word = page.locator("main .voice").first.inner_text().split()[0].strip(".,?!")
    page.locator("#search input[name=q]").fill(word)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert word.lower() in page.locator("main").inner_text().lower()
    assert not barriers(page)


def test_a_moderator_settles_a_view_by_keyboard(enter):
    page = enter("console", "jari")
    page.goto(page.url.replace("/cockpit", "/clients/skargard"))
    moderation = None
    for link in page.eval_on_selector_all("a[href*='/runs/']", "links => links.map(link => link.href)"):
        page.goto(re.match(r".*/runs/[0-9a-f-]{36}", link)[0] + "/moderation")
        if page.locator("#take-views, #moderate-views").count():
            moderation = page.url
            break
    assert moderation, "No run of the demonstration has views that wait."
    if page.locator("#take-views").count():
        page.locator("#take-views button").click()
    card = page.locator("article.moderated").first
    card.focus()
    page.keyboard.press("1")
    assert card.locator("input[value=accept]").is_checked()
    page.locator("#moderate-views button[value=settle]").click()
    page.wait_for_selector(".flashes .good")
    assert not barriers(page)
