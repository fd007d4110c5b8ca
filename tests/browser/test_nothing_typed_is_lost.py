"""A session that ends, a line that breaks, a page that is left: what somebody typed is there afterwards, and counts once.

A browser notes each refused request and each lost line as an error; here these are meant, so nobody listens to its complaints.
"""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, barriers, keep_screenshot, overflows


def new_words() -> str:
    """Nobody has written them before."""
    return f"{uuid4().hex}, en lugn stund varje dag,\noch möten som slutar i tid."


@pytest.fixture
def device(chromium) -> Iterator[Callable[..., BrowserContext]]:
    """device() is a phone that nobody has used."""
    contexts = []

    def bring(script: bool = True) -> BrowserContext:
        contexts.append(chromium.new_context(viewport=PHONE, locale="sv", java_script_enabled=script))
        return contexts[-1]

    yield bring
    for context in contexts:
        context.close()


@pytest.fixture
def linnea(device, polku) -> Callable[..., Page]:
    """linnea() has a view to write before her, and the server takes no draft of it now."""

    def begin(script: bool = True) -> Page:
        page = device(script).new_page()
        page.context.route("**/draft", lambda route: route.abort())
        page.goto(polku.site("skargard") + "/")
        sign_in(page, "linnea")
        page.goto(link(page, "views"))
        page.goto(link(page, "views/[0-9a-f-]{36}$"))
        return page

    return begin


def sign_in(page: Page, who: str, house: str = "skargard") -> None:
    if page.locator("#sign-in button").count():
        page.locator("#sign-in button").first.click()
    page.locator(f'button[name=sub][value="{who}"]').click()
    page.wait_for_url(lambda url: f"{house}." in url and "/sign-in" not in url)


def link(page: Page, part: str) -> str:
    links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
    return next(address for address in links if re.search(rf"/runs/[0-9a-f-]+/{part}", address))


def box(page: Page):
    return page.locator("#give-view textarea")


def send(page: Page) -> None:
    page.locator("#give-view button[value=send]").click()


def lose_the_session(page: Page) -> None:
    page.context.clear_cookies(name=re.compile(r"^(__Host-)?visit$"))


def kept_on(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('kept:'))")


def until(condition: Callable[[], bool], page: Page) -> None:
    """Our pages allow no eval, so nothing can wait inside them."""
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("It did not happen.")


def is_kept(page: Page, words: str) -> None:
    until(lambda: bool(kept_on(page)), page)
    held = page.evaluate("Object.values(localStorage).join()")
    assert words.split(",")[0] not in held  # sealed


def how_often(page: Page, words: str) -> int:
    """On the list of her own views."""
    page.goto(re.sub(r"(/runs/[^/]+)/.*", r"\1/views/mine", page.url))
    return page.get_by_text(words.split(",")[0]).count()


def test_when_the_session_has_ended_one_is_back_at_the_box_with_the_words(linnea):
    page = linnea()
    form = page.url
    words = new_words()
    box(page).fill(words)
    is_kept(page, words)
    lose_the_session(page)
    send(page)
    expect(page.locator("#again textarea")).to_have_value(words)
    assert not barriers(page) and not overflows(page)
    keep_screenshot(page, "signed-out-meanwhile")
    with page.context.expect_page() as opened:
        page.locator("#sign-in-again").click()
    tab = opened.value
    sign_in(tab, "linnea")
    assert tab.url == form
    expect(box(tab)).to_have_value(words)
    assert not barriers(tab) and not overflows(tab)
    keep_screenshot(tab, "brought-back")
    send(tab)
    tab.wait_for_url("**/thanks")
    assert how_often(tab, words) == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_page_that_gives_the_words_back_they_are_sent_once(linnea, script):
    page = linnea(script)
    words = new_words()
    box(page).fill(words)
    lose_the_session(page)
    send(page)
    expect(page.locator("#again textarea")).to_have_value(words)
    tab = page.context.new_page()
    tab.goto(page.locator("#sign-in-again").evaluate("link => link.href"))
    sign_in(tab, "linnea")
    page.locator("#again button").click()
    page.wait_for_url("**/thanks")
    assert how_often(page, words) == 1


def test_what_is_sent_without_a_line_waits_and_goes_out_once(linnea):
    page = linnea()
    words = new_words()
    box(page).fill(words)
    page.context.set_offline(True)
    send(page)
    expect(page.locator("#waiting")).to_be_visible()
    expect(box(page)).to_have_value(words)
    assert not overflows(page)
    keep_screenshot(page, "waits-for-the-line")
    page.context.set_offline(False)
    page.wait_for_url("**/thanks")
    assert how_often(page, words) == 1


@pytest.fixture
def receipts(linnea) -> Page:
    """A box of hers that has no draft anywhere."""
    page = linnea()
    page.goto(re.sub(r"(/runs/[^/]+)/.*", r"\1/views/mine", page.url))
    return page


def receipts_box(page: Page):
    page.locator("details:has(#bring-receipts)").evaluate_all("all => all.forEach(each => each.open = true)")
    return page.locator("#bring-receipts textarea")


def test_a_page_that_is_left_brings_the_words_back_and_lets_one_leave_them_out(receipts):
    page, words, form = receipts, new_words(), receipts.url
    receipts_box(page).fill(words)
    is_kept(page, words)
    page.goto(re.sub(r"/runs/.*", "/home", form))
    page.goto(form)
    expect(receipts_box(page)).to_have_value(words)
    assert not barriers(page)
    page.locator(".kept button").click()
    expect(receipts_box(page)).to_have_value("")
    until(lambda: not kept_on(page), page)
    page.reload()
    expect(receipts_box(page)).to_have_value("")


def test_nobody_else_on_the_device_is_offered_it(receipts):
    page, words, form = receipts, new_words(), receipts.url
    receipts_box(page).fill(words)
    is_kept(page, words)
    lose_the_session(page)
    page.goto(form)
    sign_in(page, "pekka")
    assert page.url == form
    expect(receipts_box(page)).to_have_value("")
    assert page.locator(".kept").count() == 0
    assert len(kept_on(page)) == 1  # it waits for her


def test_signing_out_takes_it_along(receipts):
    page = receipts
    receipts_box(page).fill(new_words())
    until(lambda: bool(kept_on(page)), page)
    page.locator(".menu-button").click()
    page.locator("form[data-signs-out] button").click()
    page.wait_for_url(re.compile(r"/signed-out(\?by=.*)?$"))
    assert kept_on(page) == []


@pytest.fixture
def card(device, polku):
    """A view that Kaisa reads, and the page it is on."""
    page = device().new_page()
    page.goto(polku.site("avi") + "/")
    sign_in(page, "kaisa", "avi")
    page.goto(link(page, "reading"))
    page.locator("#start-reading button, #read-on button").first.click()
    page.wait_for_selector("#answers")
    return page.locator("#answers li").first


def other_answer(card):
    return card.locator(
        f"input[value={'disagree' if card.locator('input[value=agree]').is_checked() else 'agree'}]"
    )


def test_an_answer_without_a_line_goes_out_by_itself_when_it_is_back(card):
    page, answer = card.page, other_answer(card)
    page.context.set_offline(True)
    answer.check()
    expect(card.locator(".wrong")).to_be_visible()
    with page.expect_response(lambda told: "/reading/" in told.url and told.request.method == "POST"):
        page.context.set_offline(False)
    expect(card.locator(".wrong")).to_be_hidden()
    page.reload()
    expect(answer).to_be_checked()


def test_an_answer_without_a_session_is_said_once_and_goes_out_when_one_is_back(card):
    page = card.page
    lose_the_session(page)
    for _ in range(3):
        other_answer(card).check()
    expect(page.locator("#signed-out")).to_have_count(1)
    expect(page.locator("#signed-out")).to_contain_text("Kirjaudu uudelleen")  # as the page speaks
    assert not barriers(page)
    with page.context.expect_page() as opened:
        page.locator("#signed-out a").click()
    with page.expect_response(lambda told: "/reading/" in told.url and told.request.method == "POST"):
        sign_in(opened.value, "kaisa", "avi")
    expect(page.locator("#signed-out")).to_have_count(0)
    chosen = card.locator("input[type=radio]:checked").get_attribute("value")
    expect(card.locator(".wrong")).to_be_hidden()
    page.reload()
    expect(card.locator(f"input[value={chosen}]")).to_be_checked()


def test_of_a_view_typed_on_two_devices_both_texts_are_offered(linnea, device, polku):
    phone, mine, other = linnea(), new_words(), new_words()
    box(phone).fill(mine)  # the server takes no draft of it: for that the line is gone
    is_kept(phone, mine)
    desk = device().new_page()
    desk.goto(polku.site("skargard") + "/")
    sign_in(desk, "linnea")
    desk.goto(phone.url)
    with desk.expect_response(lambda answer: answer.url.endswith("/draft")):
        box(desk).fill(other)
    phone.reload()
    expect(box(phone)).to_have_value(other)
    expect(phone.locator(".kept .words")).to_have_text(mine.replace("\n", " "))
    assert not barriers(phone) and not overflows(phone)
    phone.locator(".kept button").click()
    expect(box(phone)).to_have_value(mine)


def test_going_back_offers_nothing_that_was_sent_and_loading_a_refusal_again_sends_nothing(linnea):
    page, words, long = linnea(), new_words(), "x " * 1001
    form = page.url
    box(page).fill(words)
    send(page)
    page.wait_for_url("**/thanks")
    page.go_back()
    expect(box(page)).to_have_value("")
    box(page).fill(long)
    page.locator("#give-view").evaluate("form => form.noValidate = true")  # the service has the last word
    send(page)
    expect(page.locator("#refusal")).to_be_in_viewport()
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    assert page.url == form and not barriers(page)
    keep_screenshot(page, "refused-at-its-field")
    sent = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.reload()
    expect(box(page)).to_have_value(long)
    assert not [address for address in sent if "/draft" not in address]
    page.emulate_media(media="print")
    assert box(page).evaluate("box => box.scrollHeight <= box.clientHeight + 4")
