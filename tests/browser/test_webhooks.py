"""An administrator lets a system of the organisation's own hear what happens, by keyboard, at a desk and on a phone."""

from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, barriers, keep_screenshot, overflows
from tests.notification.receiver import Receiver
from tests.notification.webhooks import verified


def look(page, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    found = barriers(page)
    keep_screenshot(page, f"webhooks-{name}-desk")
    page.set_viewport_size(PHONE)
    keep_screenshot(page, f"webhooks-{name}-phone")
    found += [f"{page.url} scrolls sideways on a phone"] if overflows(page) else []
    page.set_viewport_size(DESK)
    return found


def test_an_endpoint_is_registered_tested_and_removed_by_keyboard(enter, polku):
    page = enter("avi", "sari")
    page.goto(polku.site("avi") + "/desk/webhooks/new")
    with Receiver() as receiver:
        found = look(page, "new")
        page.locator("#name").focus()
        page.keyboard.type("Intranet")
        page.keyboard.press("Tab")
        page.keyboard.type(receiver.address)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.locator("#webhook button").press("Enter")
        secret = page.locator("#secret").input_value()
        found += look(page, "secret")
        page.locator("main a.button").press("Enter")
        found += look(page, "nothing-yet")
        page.locator('button[value="test"]').press("Enter")
        receiver_got(page, receiver)
        page.reload()
        expect(page.locator("#log .pill.good")).to_be_visible()
        found += look(page, "log")
        assert verified(receiver.got[0], secret)["type"].startswith("polku.notification.webhook-tested")
    page.goto(polku.site("avi") + "/desk/webhooks")
    found += look(page, "list")
    page.locator("#webhooks a").press("Enter")
    page.locator("#remove-details summary").press("Enter")
    found += look(page, "remove")
    page.locator("#remove button").press("Enter")
    expect(page.locator("#webhooks")).to_have_count(0)
    assert not found


def receiver_got(page, receiver: Receiver) -> None:
    """Look again until the worker has called and written it down; the page is the witness."""
    expect(page.locator("h1")).to_have_text("Intranet")
    for _ in range(50):
        if page.locator("#log .pill.good").count() and receiver.got:
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError("The test event did not get there.")
