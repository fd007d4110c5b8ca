"""A session that ends soon: the page says so in time, and one stays by a press, or by typing; and where one is signed in."""

from tests.browser.conftest import look_at

WARNING = ".notice.staying"


def test_an_administrator_is_warned_and_stays_by_one_press_or_by_typing(enter, polku):
    page = enter("avi", "sari")
    page.clock.install()
    page.goto(polku.site("avi") + "/desk/settings")
    page.clock.run_for(24 * 60_000)
    assert not page.locator(WARNING).is_visible()
    page.clock.run_for(2 * 60_000)
    page.locator(WARNING).wait_for()
    found = look_at(page, "staying")
    assert not page.locator(f"{WARNING} a").is_visible()
    page.locator(f"{WARNING} button").click()
    page.locator(WARNING).wait_for(state="detached")
    page.clock.run_for(24 * 60_000)
    with page.expect_response("**/stay") as stayed:
        page.locator("#describe input[name=name]").press_sequentially("x")
        page.clock.run_for(2 * 60_000)
    assert stayed.value.ok and not page.locator(WARNING).is_visible()
    assert not found


def test_one_sees_where_one_is_signed_in_and_signs_out_everywhere(enter, polku):
    page, phone = enter("avi", "kaisa"), enter("avi", "kaisa")
    page.goto(polku.site("avi") + "/me")
    page.locator('main a[href="/sessions"]').click()
    page.wait_for_url("**/sessions")
    assert page.locator("#own-sessions li").count() >= 2
    found = look_at(page, "own-sessions")
    page.locator("#everywhere button").click()
    page.wait_for_url("**/signed-out")
    phone.goto(polku.site("avi") + "/me")
    assert "/me" not in phone.url
    assert not found
