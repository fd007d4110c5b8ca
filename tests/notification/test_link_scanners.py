"""Scanners of mail gateways open every link of every mail before its reader does, and follow where it leads. Nothing changes by it, in
any table of any service; and the button that mail programs show (RFC 8058) works with nothing but its address."""

import re
from uuid import UUID, uuid4

import pytest

from infra.backup.table_checksums import checksums, differences
from services.notification.mails import texts
from services.notification.models import Recipient
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.notification.test_pages import FACTS
from tests.notification.test_pages import kaisa as kaisa
from tests.notification.test_pages import token as token
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
from tests.portal.test_people_pages import link_of, new_way
from tests.portal.test_people_pages import sari as sari

GATEWAY = {"User-Agent": "Mozilla/5.0 (compatible; a mail gateway)", "Accept": "*/*"}
PREFETCH = {"Sec-Purpose": "prefetch", "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def changes(server, database):
    """changes(act) lists the tables, of all organisations, that are not the same afterwards."""

    def of(act) -> list[str]:
        with server.connect(database) as connection:
            connection.autocommit = True
            before = checksums(connection)
            act()
            return differences(before, checksums(connection))

    return of


def scan(browser, path: str, headers: dict[str, str]) -> None:
    for method in ("HEAD", "GET", "GET"):
        where = path
        while where.startswith("/"):  # as far as it leads to us
            answer = browser.client.open(where, method=method, base_url=browser.base, headers=headers)
            assert answer.status_code < 500, where
            where = answer.headers.get("Location", "").removeprefix(browser.base)


KINDS = sorted(texts.MAILS)
BEGUN = "identity.sign_in "  # whoever follows a page's address to the provider has begun a sign-in, which runs out by itself


@pytest.mark.parametrize("headers", [GATEWAY, PREFETCH])
def test_no_link_of_any_mail_changes_anything_by_being_opened(browse, avis, kaisa, headers, changes):
    """Nor with the cookie of its reader: some programs open links in the reader's own browser."""
    paths = {texts.write(kind, uuid4(), FACTS.get(kind, {})).path.partition("#")[0] for kind in KINDS}
    for browser in (browse(avis), kaisa):
        scan(browser, "/notices", headers)  # which stands in every mail
        for path in sorted(paths):
            found = changes(lambda path=path, browser=browser: scan(browser, path, headers))
            assert [table for table in found if not table.startswith(BEGUN)] == [], path


@pytest.mark.parametrize("headers", [GATEWAY, PREFETCH])
def test_the_links_that_act_without_signing_in_ask_before_they_do(
    browse, avis, kaisa, sari, token, headers, changes
):
    assert sari.post("/desk/settings/ways-in", new_way(avis)).status_code == 303
    for path in (f"/notices/stop/{token}", link_of(avis)):
        for browser in (browse(avis), kaisa):
            assert changes(lambda path=path, browser=browser: scan(browser, path, headers)) == [], path
        assert re.search(r'<form method="post"', browse(avis).get(path).text), path


@pytest.fixture
def wishes(kaisa, avis):
    def now() -> tuple[bool, ...]:
        member = UUID(avis.member(kaisa.cookie("visit")))
        with acting_for(avis.id), sessions_of("notification")() as session:
            her = Recipient.as_known(member, session)
            return her.invitations, her.changes, her.reminders

    return now


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_one_click_needs_no_cookie_no_origin_and_no_page_before(browse, avis, token, wishes, body, kind):
    """RFC 8058, 3.1 and 3.2: one POST, in either form, and no redirect."""
    answer = browse(avis).client.post(
        f"/notices/stop/{token}", data=body, content_type=kind, base_url=f"http://{avis.host}"
    )
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert wishes() == (False, False, False)


def test_a_second_click_says_the_same(browse, avis, token, wishes):
    for _click in range(2):
        assert (
            browse(avis).client.post(f"/notices/stop/{token}", base_url=f"http://{avis.host}").status_code
            == 200
        )
    assert wishes() == (False, False, False)


def test_whoever_guesses_an_address_stops_nobodys_mails(browse, avis, wishes):
    answer = browse(avis).client.post(f"/notices/stop/{uuid4()}", base_url=f"http://{avis.host}")
    assert answer.status_code == 404 and wishes() == (True, True, True)
