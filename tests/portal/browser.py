"""A browser without a screen: cookies of one host, and a person who can sign in."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from lxml import html

from services.portal.app import create_app
from services.portal.web.cookies import SESSION
from tests.identity.houses import House


@pytest.fixture(scope="session")
def whole(database):
    """The whole portal, with every service in this process."""
    return the_portal()


@cache
def the_portal() -> Flask:
    return portal()


def portal() -> Flask:
    """A portal of one's own, for modules that add pages to it."""
    app = create_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.jinja_env.undefined = StrictUndefined  # a template that names what is not there fails its test
    return app


class Browser:
    def __init__(self, app, house: House, host: str, scheme: str):
        self.client, self.house, self.host = app.test_client(), house, host
        self.base = f"{scheme}://{host}"

    def get(self, path: str, **options: Any):
        return self.client.get(path, base_url=self.base, **options)

    def post(self, path: str, data: Any = None, **options: Any):
        headers = {"Origin": self.base} | options.pop("headers", {})
        return self.client.post(path, data=data, base_url=self.base, headers=headers, **options)

    def submit(self, page: Any, form_id: str, **fields: Any):
        """Sends a form of the page as it stands, but for these fields."""
        form = html.fromstring(page.text).xpath(f'//form[@id="{form_id}"]')[0]
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value.removeprefix("\n"))
        return self.post(form.get("action") or page.request.path, values | fields)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=self.host)
        return found.value if found else None

    def way_back(self, subject: str, back: str = "/") -> str:
        """The link with which the provider sends this person back."""
        sent = self.get("/sign-in", query_string={"back": back})
        assert sent.status_code == 303, sent.text
        brought = self.house.provider.sign_in(sent.headers["Location"], subject)
        own = f"/{brought.pop('connection_id')}" if "connection_id" in brought else ""
        return f"/sign-in/back{own}?{urlencode(brought)}"

    def come_in(self, subject: str) -> None:
        """Holds a session of this person from now on; the way there is `sign_in`."""
        secure = self.base.startswith("https")
        name = f"__Host-{SESSION}" if secure else SESSION
        self.client.set_cookie(name, self.house.let_in(subject), domain=self.host, secure=secure)

    def sign_in(self, subject: str, back: str = "/"):
        """The page that comes after signing in at the provider."""
        answer = self.get(self.way_back(subject, back))
        assert answer.status_code == 303, answer.text
        return answer


@pytest.fixture
def browse(whole) -> Callable[..., Browser]:
    """browse(avis) is a fresh browser at that organisation's portal; browse(avis, "Tuula", roles=["coordinator"]) one in which
    somebody whom it employs is signed in."""

    def browse(house, *person, host=None, scheme="http", **employed) -> Browser:
        browser = Browser(whole, house, host or house.host, scheme)
        if person:
            browser.come_in(house.employ(*person, **employed))
        return browser

    return browse
