"""The operator finds what a service could not handle, has it tried again and gives it up with a reason, by keyboard alone."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Outgoing
from shared.messaging.events import envelope_for
from shared.tenancy.sessions import acting_for
from tests.browser.conftest import look_at
from tests.soak.inside import Inside

SERVICE = "notification"  # nobody else listens to the beginning of a round
REASON = "Lähetetty rikkinäisenä"


@pytest.fixture
def a_broken_event_and_one_behind_it(polku) -> None:
    inside, run = Inside(polku), uuid4()
    with acting_for(uuid4()):
        rows = [
            envelope_for(RoundStarted(run_id=run, round=number), "workshop").as_row() for number in (1, 2)
        ]
    rows[0]["value"] = b'{"round": '
    inside.tell([Outgoing(**row) for row in rows])


def test_a_dead_letter_is_found_tried_again_and_given_up_by_keyboard(
    enter, polku, a_broken_event_and_one_behind_it
):
    page = enter("console", "henna")
    page.goto(polku.site("console") + "/operations")
    until_dead_lettered(page)
    found = look_at(page, "operations")
    page.locator(f"#bus-{SERVICE} a").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    found += look_at(page, "dead-letters")
    page.locator("#replay-all button").press("Enter")
    expect(page.locator(".notice.stop").first).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    found += look_at(page, "dead-letters-failed-again")
    page.locator("tbody tr a").first.press("Enter")
    expect(page.locator("#discard-dead-letter-details")).to_be_visible()
    found += look_at(page, "dead-letter")
    page.locator("#discard-dead-letter-details summary").press("Enter")
    found += look_at(page, "dead-letter-discarding")
    page.locator("#why").press_sequentially(REASON)
    page.locator("#discard-dead-letter button").press("Enter")
    expect(page.locator(".flashes .notice.good").first).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(0)
    found += look_at(page, "dead-letters-none")
    page.locator(f'a[href$="/operations/{SERVICE}/letters/discarded"]').press("Enter")
    expect(page.locator("tbody td", has_text=REASON)).to_be_visible()
    assert not found + look_at(page, "dead-letters-discarded")


def until_dead_lettered(page) -> None:
    """Look again until the worker has met both; the page is the witness."""
    for _ in range(50):
        if page.locator(f"#bus-{SERVICE} td").nth(4).inner_text() == "1":
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError("The broken event became no dead letter.")
