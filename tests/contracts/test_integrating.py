"""The signature check that docs/integrating.md gives to receivers, asked about what we really send."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.notification.webhooks.signing import new_secret, shown, signed_headers

PAGE = Path(__file__).parents[2] / "docs" / "integrating.md"
BODY = b'{"type": "polku.process.plan-agreed.v1"}'


@pytest.fixture(scope="module")
def is_from_polku():
    [code] = re.findall(r"```python\n(import base64.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict = {}
    exec(code, names)
    return names["is_from_polku"]


@pytest.fixture
def secret():
    return new_secret()


def headers(secret, at=None, body=BODY):
    return signed_headers(uuid4(), at or datetime.now(UTC), body, [new_secret(), secret])


def test_what_we_send_is_ours_also_while_a_new_secret_takes_over(is_from_polku, secret):
    assert is_from_polku(shown(secret), headers(secret), BODY)


def test_what_somebody_else_has_written_is_not(is_from_polku, secret):
    assert not is_from_polku(shown(secret), headers(secret), BODY + b" ")
    assert not is_from_polku(shown(new_secret()), headers(secret), BODY)


def test_what_was_sent_long_ago_is_not(is_from_polku, secret):
    old = headers(secret, at=datetime.now(UTC) - timedelta(minutes=6))
    assert not is_from_polku(shown(secret), old, BODY)
