"""Alerts and dashboards ask for what is counted, and every alert says what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

from infra.compose.alerting import AGAIN, alertmanager_yml
from infra.observability.dashboards import as_files
from infra.rooms import with_room
from services.notification.mails.gauges import families as families_of_mail
from shared.messaging.gauges import OfThisMachine, families
from shared.telemetry.scrape import OfThisBuild

ROOT = Path(__file__).resolve().parent.parent.parent
WATCHING = ROOT / "infra" / "observability"
OF_PROMETHEUS = {"up": set()}
ALWAYS = {"instance", "job", "process"}  # the last by infra/observability/prometheus.yml
IN_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}


@pytest.fixture
def exported(monkeypatch) -> dict[str, set[str]]:
    """What the code counts: the labels of each series by its name."""
    monkeypatch.setenv("POLKU_CERTIFICATES", "/nowhere/fullchain.pem")
    found = dict(OF_PROMETHEUS)
    for family in [
        *declared(),
        *families().values(),
        *families_of_mail().values(),
        *OfThisBuild().collect(),
        *OfThisMachine().collect(),
    ]:
        labels = set(getattr(family, "_labelnames", ()))
        for ending in IN_PARTS.get(family.type, ("",)):
            found[family.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return found


class Declared:
    """A metric of the client library: it has samples only once something was counted, but labels from the start."""

    def __init__(self, metric) -> None:
        self.name, self.type, self._labelnames = metric._name, metric._type, metric._labelnames


def declared() -> list[Declared]:
    return [
        Declared(metric)
        for metric in set(REGISTRY._names_to_collectors.values())
        if hasattr(metric, "_labelnames")
    ]


def rules() -> list[dict]:
    told = yaml.safe_load((WATCHING / "alerts.yml").read_text())
    return [rule for group in told["groups"] for rule in group["rules"]]


def panels() -> Iterator[tuple[str, str]]:
    for path in sorted(WATCHING.glob("grafana/dashboards/*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{board['title']}: {panel['title']}", target["expr"]
        for variable in board["templating"]["list"]:
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()
            yield f"{board['title']}: {variable['name']}", f"count by ({label}) ({metric})"


QUESTIONS = [(rule["alert"], rule["expr"]) for rule in rules()] + list(panels())


def parts_of(question: str) -> list:
    """Raises ValueError for what Prometheus would not understand."""
    found: list = []
    promql_parser.walk(promql_parser.parse(question), lambda part: found.append(part) or True)
    return found


def asked_for(question: str) -> dict[str, set[str]]:
    """The labels that are matched, by the name of the series."""
    asked: dict[str, set[str]] = {}
    for part in parts_of(question):
        if isinstance(part, promql_parser.VectorSelector):
            asked.setdefault(part.name, set()).update(matcher.name for matcher in part.matchers.matchers)
    return asked


def grouped_by(question: str) -> set[str]:
    sums = [part for part in parts_of(question) if isinstance(part, promql_parser.AggregateExpr)]
    return {label for part in sums if part.modifier for label in part.modifier.labels}


@pytest.mark.parametrize("name, question", QUESTIONS, ids=[name for name, _ in QUESTIONS])
def test_every_question_is_about_something_that_is_counted(name, question, exported):
    asked = asked_for(question)
    assert asked or name == "Watchdog", "It asks for nothing."
    for series, labels in asked.items():
        assert series in exported, f"Nobody counts {series}."
        assert labels <= exported[series] | ALWAYS, f"{series} has no such label."
    known = ALWAYS.union(*(exported[series] for series in asked))
    assert grouped_by(question) <= known


@pytest.mark.parametrize("nonsense", ["sum by (service) (rate(polku_x[5m])", "polku_x >", "rate(polku_x)"])
def test_nonsense_would_be_noticed(nonsense):
    with pytest.raises(ValueError):
        parts_of(nonsense)


def test_everything_that_is_counted_is_looked_at_somewhere(exported):
    looked_at = {series for _, question in QUESTIONS for series in asked_for(question)}
    ours = {name for name in exported if name.startswith("polku_")}
    bare = {re.sub("_(bucket|sum|count)$", "", name) for name in looked_at}
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in ours} - bare == set()


def headings(document: str) -> set[str]:
    """As GitHub makes anchors of them."""
    return {
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in document.splitlines()
        if line.startswith("#")
    }


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_says_what_is_the_matter_and_what_to_do(rule):
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == rule["alert"].lower()
    assert anchor in headings((ROOT / path).read_text())
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in AGAIN


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_no_alert_names_a_label_that_is_not_there(rule, exported):
    """Prometheus would leave a hole in the sentence."""
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert named <= ALWAYS.union(*(exported[series] for series in asked_for(rule["expr"])))


def test_one_sign_of_life_comes_by_itself(monkeypatch):
    """When it does not come, Prometheus, Alertmanager or the mail is away: so it asks for nothing."""
    monkeypatch.setenv("POLKU_SMTP", "mailpit:1025")
    (alive,) = [rule for rule in rules() if rule["labels"]["severity"] == "alive"]
    assert (alive["expr"], "for" in alive) == ("vector(1)", False)
    routes = json.loads(alertmanager_yml())["route"]["routes"]
    assert [route["repeat_interval"] for route in routes if 'severity="alive"' in route["matchers"]] == [
        "24h"
    ]


def test_who_watches_is_watched():
    told = yaml.safe_load((WATCHING / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in told["scrape_configs"]}
    (manager,) = told["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert jobs["watching"]["static_configs"] == [{"targets": ["prometheus:9090", manager]}]


def test_no_alert_and_no_section_stands_alone():
    document = (ROOT / "docs/operations/mend.md").read_text()
    section = document.partition("## When an alert comes")[2].partition("\n## ")[0]
    assert headings(section) == {rule["alert"].lower() for rule in rules()}


def test_every_replica_of_every_process_is_read_and_somebody_missed_when_none_is_left():
    told = yaml.safe_load((WATCHING / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in told["scrape_configs"]}
    read = {name: set(jobs[name]["dns_sd_configs"][0]["names"]) for name in ("web", "worker")}
    assert read["web"] == {f"{name}-web" for name in with_room("app")} | {"live"}
    assert read["worker"] == {f"{name}-worker" for name in with_room("listeners")}
    asked_for = set(jobs["anybody"]["static_configs"][0]["targets"])
    assert asked_for == {f"{name}:8000" for name in read["web"] | read["worker"]}
    assert told["rule_files"] == ["alerts.yml"]


def test_what_is_read_says_of_which_process_and_is_counted_once():
    jobs = yaml.safe_load((WATCHING / "prometheus.yml").read_text())["scrape_configs"]
    assert [job["relabel_configs"][0]["target_label"] for job in jobs] == ["process"] * len(jobs)
    (kept,) = jobs[-1]["metric_relabel_configs"]
    assert jobs[-1]["job_name"] == "anybody" and kept["action"] == "drop"
    assert re.fullmatch(kept["regex"], "polku_requests_total")


def test_the_dashboards_are_those_that_are_declared():
    for path, content in as_files().items():
        assert path.read_text() == content, "Run python -m infra.observability.dashboards."


def test_what_grafana_is_told_fits_together():
    source = yaml.safe_load((WATCHING / "grafana/datasources/prometheus.yml").read_text())["datasources"][0]
    for path in WATCHING.glob("grafana/dashboards/*.json"):
        board = json.loads(path.read_text())
        used = {panel["datasource"]["uid"] for panel in board["panels"]}
        assert used == {source["uid"]}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
