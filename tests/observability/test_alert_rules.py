"""Alerts come when they should and not otherwise: Prometheus' own promtool plays counts to them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.observability.test_alerts import WATCHING, asked_for, rules

PROMTOOL = shutil.which("promtool")
CASES = "alerts_test.yml"
ALERTS = [rule["alert"] for rule in rules()]
WITH_PATIENCE = [rule["alert"] for rule in rules() if "for" in rule]
by_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="needs promtool: Debian's package prometheus has it"
)


def cases() -> list[dict]:
    return yaml.safe_load((WATCHING / CASES).read_text())["tests"]


def expectations(alert: str) -> Iterator[dict]:
    for case in cases():
        yield from (asked for asked in case["alert_rule_test"] if asked["alertname"] == alert)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_has_a_case_in_which_it_comes_and_one_in_which_it_does_not(rule):
    comes = {bool(asked["exp_alerts"]) for asked in expectations(rule["alert"])}
    asks_for_something = bool(asked_for(rule["expr"]))  # what asks for nothing always comes
    assert comes == ({True, False} if asks_for_something else {True})


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True)


@by_promtool
def test_the_configuration_is_one_that_prometheus_reads():
    told = promtool("check", "config", WATCHING / "prometheus.yml")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{len(ALERTS)} rules found" in told.stdout


@by_promtool
def test_alerts_come_when_they_should_and_not_otherwise():
    told = promtool("test", "rules", WATCHING / CASES)
    assert told.returncode == 0, told.stdout + told.stderr


@by_promtool
@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_that_never_comes_would_be_noticed(alert, tmp_path):
    told = tried(tmp_path, alert, lambda rule: rule | {"expr": f"({rule['expr']}) and vector(0) > 1"})
    assert told.returncode == 1 and "FAILED" in told.stdout + told.stderr


@by_promtool
@pytest.mark.parametrize("alert", WITH_PATIENCE)
def test_an_alert_without_its_patience_would_be_noticed(alert, tmp_path):
    told = tried(tmp_path, alert, lambda rule: {name: said for name, said in rule.items() if name != "for"})
    assert told.returncode == 1 and "FAILED" in told.stdout + told.stderr


def tried(folder: Path, alert: str, spoil: Callable[[dict], dict]) -> subprocess.CompletedProcess:
    """What promtool says of this alert alone, spoiled, in its own cases."""
    (rule,) = [spoil(rule) for rule in rules() if rule["alert"] == alert]
    (folder / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "spoiled", "rules": [rule]}]}))
    told = yaml.safe_load((WATCHING / CASES).read_text())
    told["tests"] = [case for case in map(only(alert), told["tests"]) if case["alert_rule_test"]]
    (folder / CASES).write_text(yaml.safe_dump(told))
    return promtool("test", "rules", folder / CASES)


def only(alert: str) -> Callable[[dict], dict]:
    def cut(case: dict) -> dict:
        kept = [asked for asked in case["alert_rule_test"] if asked["alertname"] == alert]
        return case | {"alert_rule_test": kept}

    return cut
