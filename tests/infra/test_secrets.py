"""An installation keeps its secrets for ever, and gets those that a newer Polku needs."""

import json
from unittest.mock import patch

import pytest

from infra.secrets import SEALERS, ensure_secrets, fresh_secrets, public_half, write
from shared.settings import SERVICES, operator_of, worker_of


def of_an_old(home, *lacking: tuple[str, ...]) -> dict:
    """The secrets of an installation that does not have these yet."""
    old = fresh_secrets()
    for *groups, last in lacking:
        place = old
        for group in groups:
            place = place[group]
        del place[last]
    write(home / "secrets.json", old)
    write(home / "jwks.json", public_half(old))
    return old


def today(home) -> tuple[dict, dict]:
    private, public = ensure_secrets(home)
    return json.loads(private.read_text()), json.loads(public.read_text())


def keeps(old, now) -> bool:
    """Whether everything that was there is there still."""
    if isinstance(old, dict):
        return all(name in now and keeps(old[name], now[name]) for name in old)
    return old == now


def names_of(secrets) -> dict:
    return {group: set(held) if isinstance(held, dict) else None for group, held in secrets.items()}


@pytest.mark.parametrize(
    "lacking",
    [
        [("kafka",)],
        [("database", "practice"), ("kafka", "practice")],
        [("signing", "notification")],
        [("database", role(service)) for service in SERVICES for role in (worker_of, operator_of)],
    ],
    ids=["from before Kafka", "from before a service", "from before somebody signed", "from before workers"],
)
def test_what_is_new_is_added_and_what_is_there_stays(tmp_path, lacking):
    old = of_an_old(tmp_path, *lacking)
    now, public = today(tmp_path)
    assert keeps(old, now) and names_of(now) == names_of(fresh_secrets())
    assert public == public_half(now)
    with patch("infra.secrets.os.replace", side_effect=AssertionError("nothing is new")):
        ensure_secrets(tmp_path)


def test_the_one_key_of_an_older_installation_opens_for_each_service(tmp_path):
    old = fresh_secrets()
    write(tmp_path / "secrets.json", old | {"vault": "the one key"})
    assert today(tmp_path)[0]["vault"] == {service: ["the one key"] for service in SEALERS}


def test_a_lost_vault_key_is_not_replaced_by_one_that_opens_nothing(tmp_path):
    of_an_old(tmp_path, ("vault",))
    now, _ = today(tmp_path)
    assert "vault" not in now
