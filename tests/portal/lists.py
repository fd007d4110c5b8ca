"""A list of people as somebody takes it in on the pages: read, columns matched, looked at, taken in."""

from services.identity.listeners import lists
from shared.database import worker_sessions_of


def take_list_in(browser, rows: str):
    """Goes through the steps with pasted rows, and returns the page that says what became of them."""
    read = browser.post("/desk/people/list", {"people": rows})
    assert read.status_code == 303, read.text
    matched = browser.submit(browser.get(read.headers["Location"]), "columns")
    assert matched.status_code == 303, matched.text
    taken = browser.submit(browser.get(matched.headers["Location"]), "decide", act="take_in")
    assert taken.status_code == 303, taken.text
    work()
    return browser.get(taken.headers["Location"])


def work() -> None:
    """The worker does what waits."""
    while lists.run_what_is_due(worker_sessions_of("identity")):
        pass
