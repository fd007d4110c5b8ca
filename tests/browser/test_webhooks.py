"""An administrator lets a system of the organisation's own hear what happens, by keyboard, at a desk and on a phone."""

from playwright.sync_api import expect

from tests.browser.conftest import look_at
from tests.notification.receiver import Receiver
from tests.notification.webhooks import verified


def test_an_endpoint_is_registered_tested_and_removed_by_keyboard(enter, polku):
    page = enter("avi", "sari")
    page.goto(polku.site("avi") + "/desk/webhooks/new")
    with Receiver() as receiver:
        found = look_at(page, "webhooks-new")
        page.locator("#name").focus()
        page.keyboard.type("Intranet")
        page.keyboard.press("Tab")
        page.keyboard.type(receiver.address)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.locator("#webhook button").press("Enter")
        secret = page.locator("#secret").input_value()
        found += look_at(page, "webhooks-secret")
        page.locator("main a.button").press("Enter")
        expect(page.locator("h1")).to_have_text("Intranet")
        found += look_at(page, "webhooks-nothing-yet")
        page.locator('button[value="test"]').press("Enter")
        expect(page.locator(".flashes .notice.good")).to_be_visible()
        receiver_got(page, receiver)
        page.reload()
        expect(page.locator("#log .pill.good")).to_be_visible()
        found += look_at(page, "webhooks-log")
        assert verified(receiver.got[0], secret)["type"].startswith("polku.notification.webhook-tested")
    page.goto(polku.site("avi") + "/desk/webhooks")
    found += look_at(page, "webhooks-list")
    page.locator("#webhooks a").press("Enter")
    page.locator("#remove-details summary").press("Enter")
    found += look_at(page, "webhooks-remove")
    page.locator("#remove button").press("Enter")
    page.wait_for_url("**/desk/webhooks")
    expect(page.locator("#webhooks")).to_have_count(0)
    assert not found


def receiver_got(page, receiver: Receiver) -> None:
    """Look again until the worker has called and written it down; the page is the witness."""
    for _ in range(50):
        if page.locator("#log .pill.good").count() and receiver.got:
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError("The test event did not get there.")
