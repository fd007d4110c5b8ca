"""`python -m infra.observability.dashboards`: writes the dashboards that Grafana shows, from the panels declared here.

Grafana's own form repeats every panel's place and dress; here a panel is its question, and the files follow.
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDE, HIGH, IN_A_ROW = 24, 8, 3


@dataclass(frozen=True)
class Panel:
    """A question to Prometheus and what its answer is counted in."""

    title: str
    question: str
    legend: str = ""
    unit: str = "short"
    kind: str = "timeseries"

    def drawn(self, number: int) -> dict[str, Any]:
        width = WIDE // IN_A_ROW
        place = {"w": width, "h": HIGH, "x": number % IN_A_ROW * width, "y": number // IN_A_ROW * HIGH}
        return {
            "id": number + 1,
            "title": self.title,
            "type": self.kind,
            "datasource": SOURCE,
            "gridPos": place,
            "fieldConfig": {"defaults": {"unit": self.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": "A", "datasource": SOURCE, "expr": self.question, "legendFormat": self.legend}
            ],
        }


@dataclass(frozen=True)
class Dashboard:
    uid: str
    title: str
    panels: tuple[Panel, ...]
    variable: tuple[str, str] | None = None  # its name, and the metric whose label it is

    def drawn(self) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "title": self.title,
            "tags": ["polku"],
            "timezone": "browser",
            "schemaVersion": 41,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": self._variables()},
            "panels": [panel.drawn(number) for number, panel in enumerate(self.panels)],
        }

    def _variables(self) -> list[dict[str, Any]]:
        if not self.variable:
            return []
        name, metric = self.variable
        question = f"label_values({metric}, {name})"
        target = {"query": question, "refId": "A"}
        look = {"name": name, "type": "query", "datasource": SOURCE, "definition": question, "query": target}
        return [look | {"refresh": 2, "sort": 1, "includeAll": False, "multi": False}]


LAG = "max by (service, topic, partition) (polku_consumer_lag_events)"
PLATFORM = Dashboard(
    "polku-platform",
    "Polku: the platform",
    (
        Panel("Parts that answer", 'sum(up{job!="anybody"})', kind="stat"),
        Panel("Dead letters", "sum(max by (service, state) (polku_dead_letters))", kind="stat"),
        Panel(
            "Partitions halted",
            "sum(max by (service, topic, partition) (polku_partition_halted))",
            kind="stat",
        ),
        Panel("Requests", "sum by (service) (rate(polku_requests_total[5m]))", "{{service}}", "reqps"),
        Panel(
            "Requests that fail",
            'sum by (service) (rate(polku_requests_total{status=~"5.."}[5m]))',
            "{{service}}",
            "reqps",
        ),
        Panel(
            "Time of 19 in 20 requests",
            "histogram_quantile(0.95, sum by (service, le) (rate(polku_request_seconds_bucket[5m])))",
            "{{service}}",
            "s",
        ),
        Panel("Age of the oldest unsent", "max by (service) (polku_outbox_age_seconds)", "{{service}}", "s"),
        Panel("Events to be handled", f"sum by (service) ({LAG})", "{{service}}"),
        Panel(
            "Events told",
            "sum by (service) (max by (service, topic) (rate(polku_events_told_total[5m])))",
            "{{service}}",
            "ops",
        ),
        Panel("The bus takes events", "min by (service) (polku_bus_accepts)", "{{service}}", "bool"),
        Panel(
            "Parts that make no progress",
            "max by (service, what) (polku_worker_stuck)",
            "{{service}} {{what}}",
            "bool",
        ),
        Panel("Live streams", "sum(polku_live_streams)", "open"),
        Panel(
            "Connections in use",
            "sum by (service) (polku_database_pool_in_use) / sum by (service) (polku_database_pool_limit)",
            "{{service}}",
            "percentunit",
        ),
        Panel("Free disk", "min(polku_disk_free_bytes / polku_disk_size_bytes)", "free", "percentunit"),
        Panel("Since the last backup", "time() - max(polku_backup_timestamp_seconds)", "", "s", "stat"),
        Panel(
            "Until certificates end",
            "min by (file) (polku_certificate_expires_timestamp_seconds) - time()",
            "{{file}}",
            "s",
            "stat",
        ),
        Panel("Versions that run", "count by (version, python) (polku_build_info)", "{{version}} {{python}}"),
        Panel(
            "Services that can be counted", "min by (service) (polku_service_counted)", "{{service}}", "bool"
        ),
    ),
)
SERVICE = Dashboard(
    "polku-service",
    "Polku: one service",
    (
        Panel(
            "Requests by route",
            'sum by (method, route) (rate(polku_requests_total{service="$service"}[5m]))',
            "{{method}} {{route}}",
            "reqps",
        ),
        Panel(
            "Answers",
            'sum by (status) (rate(polku_requests_total{service="$service"}[5m]))',
            "{{status}}",
            "reqps",
        ),
        Panel(
            "Time of 19 in 20 requests",
            'histogram_quantile(0.95, sum by (route, le) (rate(polku_request_seconds_bucket{service="$service"}[5m])))',
            "{{route}}",
            "s",
        ),
        Panel(
            "Time of 19 in 20 statements",
            'histogram_quantile(0.95, sum by (le) (rate(polku_database_seconds_bucket{service="$service"}[5m])))',
            "",
            "s",
        ),
        Panel(
            "Statements refused",
            'sum by (kind) (rate(polku_database_errors_total{service="$service"}[5m]))',
            "{{kind}}",
            "ops",
        ),
        Panel(
            "Connections in use",
            'sum by (process, instance) (polku_database_pool_in_use{service="$service"})',
            "{{process}} {{instance}}",
        ),
        Panel("Unsent", 'max(polku_outbox_events{service="$service"})', "events"),
        Panel(
            "Events to be handled",
            'max by (topic, partition) (polku_consumer_lag_events{service="$service"})',
            "{{topic}} {{partition}}",
        ),
        Panel(
            "Events handled",
            'sum(rate(polku_events_handled_total{service="$service"}[5m]))',
            "handled",
            "ops",
        ),
        Panel(
            "Attempts that failed",
            'sum(rate(polku_failed_attempts_total{service="$service"}[5m]))',
            "failed",
            "ops",
        ),
        Panel(
            "Events that came again",
            'sum(rate(polku_redeliveries_total{service="$service"}[5m]))',
            "left out",
            "ops",
        ),
        Panel("Dead letters", 'max by (state) (polku_dead_letters{service="$service"})', "{{state}}"),
        Panel("Timers overdue", 'max(polku_timers_overdue{service="$service"})', "overdue"),
        Panel(
            "Events in a relay's batch",
            'rate(polku_relay_batch_events_sum{service="$service"}[5m])'
            ' / rate(polku_relay_batch_events_count{service="$service"}[5m])',
            "events",
        ),
        Panel(
            "Time of 19 in 20 batches",
            'histogram_quantile(0.95, sum by (le) (rate(polku_relay_seconds_bucket{service="$service"}[5m])))',
            "",
            "s",
        ),
        Panel("Stuck", 'max by (what) (polku_worker_stuck{service="$service"})', "{{what}}", "bool"),
    ),
    ("service", "polku_requests_total"),
)
TENANT = Dashboard(
    "polku-tenant",
    "Polku: one organisation",
    (
        Panel(
            "Events handled, but for anonymous ones",
            'sum by (service) (rate(polku_events_handled_total{tenant="$tenant"}[15m]))',
            "{{service}}",
            "ops",
        ),
        Panel(
            "Its share of all events handled",
            'sum(rate(polku_events_handled_total{tenant="$tenant"}[15m]))'
            ' / sum(rate(polku_events_handled_total{tenant!="anonymous"}[15m]))',
            "share",
            "percentunit",
        ),
        Panel(
            "Events handled in a day",
            'sum by (service) (increase(polku_events_handled_total{tenant="$tenant"}[1d]))',
            "{{service}}",
            kind="bargauge",
        ),
        Panel(
            "Time of 19 in 20 requests, but for those of who takes part",
            "histogram_quantile(0.95, sum by (service, le) "
            '(rate(polku_tenant_request_seconds_bucket{tenant="$tenant"}[15m])))',
            "{{service}}",
            "s",
        ),
        Panel(
            "What these requests take of the database",
            'sum by (service) (rate(polku_tenant_database_seconds_total{tenant="$tenant"}[15m]))',
            "{{service}}",
            "s",
        ),
        Panel(
            "Events unsent, dead or parked, but for anonymous ones",
            'sum by (state) (max by (service, state) (polku_tenant_events_waiting{tenant="$tenant"}))',
            "{{state}}",
        ),
    ),
    ("tenant", "polku_events_handled_total"),
)
ALL = {"platform": PLATFORM, "service": SERVICE, "tenant": TENANT}


def as_files() -> dict[Path, str]:
    return {
        FOLDER / f"{name}.json": json.dumps(board.drawn(), indent=1) + "\n" for name, board in ALL.items()
    }


def main() -> int:
    for path, content in as_files().items():
        path.write_text(content)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
