"""What the operator sees when a partition stands still, and when a service does not answer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import Connection, text

from tests.browser.conftest import look_at
from tests.soak.inside import Inside

SERVICE, IN_WORDS = "lineage", "Lanka näkemyksestä pelisääntöön"
HALTS, COUNTED = 6, 7  # the column, and how many there are
PUT_ON = text("""
    INSERT INTO partition_halt (topic, partition, position, reason)
    SELECT topic, partition, committed, 'ValueError at listeners.py:1' FROM group_partition
    WHERE grp = :service ORDER BY topic, partition LIMIT 1""")


@pytest.fixture
def tables(polku) -> Iterator[Connection]:
    """The service's own, as their owner."""
    engine = Inside(polku).engine_of("polku_owner", SERVICE)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def a_halted_partition(tables) -> Iterator[None]:
    tables.execute(PUT_ON, {"service": SERVICE})
    tables.commit()
    yield
    tables.execute(text("DELETE FROM partition_halt"))
    tables.commit()


def test_a_halted_partition_is_named_with_the_counts_and_on_the_page_of_its_dead_letters(
    enter, polku, a_halted_partition
):
    page = enter("console", "henna")
    page.goto(polku.site("console") + "/operations")
    expect(page.locator(f"#bus-{SERVICE} td").nth(HALTS)).to_have_text("1")
    expect(page.locator("#bus-total td").nth(HALTS)).to_have_text("1")
    expect(page.locator(".notice.stop")).to_be_visible()
    found = look_at(page, "operations-halt")
    page.locator(f"#bus-{SERVICE} a").press("Enter")
    expect(page.get_by_text("listeners.py:1")).to_be_visible()
    assert not found + look_at(page, "dead-letters-halt")


def test_a_service_that_does_not_answer_is_named_and_nothing_is_added_up(enter, polku, tables):
    """Its tables are locked, so that it waits for longer than the page does."""
    page = enter("console", "henna")
    tables.execute(text("LOCK TABLE dead_letter IN ACCESS EXCLUSIVE MODE"))
    page.goto(polku.site("console") + "/operations")
    expect(page.locator(f"#bus-{SERVICE} td")).to_have_count(1)
    expect(page.locator(".notice.stop")).to_contain_text(IN_WORDS)
    expect(page.locator("#bus-total")).to_have_count(0)
    found = look_at(page, "operations-away")
    tables.rollback()
    until_it_answers(page)
    expect(page.locator("#bus-total td")).to_have_count(COUNTED)
    assert not found


def until_it_answers(page) -> None:
    """The portal asks again after a while."""
    for _ in range(60):
        page.reload()
        if page.locator(f"#bus-{SERVICE} td").count() == COUNTED:
            return
        page.wait_for_timeout(1000)
    raise AssertionError("It is still said to be away.")


def test_an_event_is_found_by_finnish_words_and_read_by_keyboard(enter, polku):
    page = enter("console", "henna")
    page.goto(polku.site("console") + "/events")
    found = look_at(page, "events")
    page.locator("#words").press_sequentially("tiimi sopi pelisäännöistään")
    page.locator("#words").press("Enter")
    expect(page.locator("main h3")).to_have_count(1)
    page.locator("main h3 a").press("Enter")
    expect(page.locator("h1")).to_have_text("Tiimi sopi pelisäännöistään")
    assert not found + look_at(page, "event")
