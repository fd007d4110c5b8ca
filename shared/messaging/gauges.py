"""Gauges that are asked when Prometheus looks, and cost nothing otherwise: one query a service, a look at the disk."""

import json
import logging
import shutil
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import time
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.messaging.batch_telemetry import tenant_to_count
from shared.settings import setting, state_directory
from shared.telemetry.bounded import Bounded, NoAnswer

log = logging.getLogger(__name__)
SECONDS = 3.0
LAST_BACKUP = "last-backup.json"
MOST_SIGHTINGS = 1000
FORMERLY = {"polku_timers_overdue": "polku_alarms_overdue", "polku_partition_halted": "polku_brake"}
"""Names that metrics had before: rules and dashboards of operators find them for one release more."""
STATE = text("""
    SELECT (SELECT json_build_array(count(*), min(seq), max(seq)) FROM outbox) AS outbox,
           (SELECT count(*) FROM dead_letter WHERE state = 'dead') AS dead,
           (SELECT count(*) FROM dead_letter WHERE state = 'parked') AS parked,
           (SELECT count(*) FROM timer WHERE due_at < now() - interval '1 minute') AS overdue,
           (SELECT coalesce(json_agg(json_build_array(g.topic, g.partition, p.next_position - g.committed,
                                                      EXISTS (SELECT FROM partition_halt b WHERE resumed_by IS NULL AND
                                                              (b.topic, b.partition, b.position) =
                                                              (g.topic, g.partition, g.committed)))),
                            '[]')
            FROM group_partition g JOIN log_partition p USING (topic, partition) WHERE g.grp = :service) AS partitions,
           (SELECT coalesce(json_object_agg(topic, told), '{}') FROM (
                SELECT topic, sum(next_position) AS told FROM log_partition WHERE topic LIKE :mine GROUP BY 1) t) AS told,
           (SELECT coalesce(json_agg(json_build_array(state, kind, tenant, number)), '[]') FROM (
                SELECT state, headers ->> 'ce_type' AS kind, headers ->> 'ce_tenantid' AS tenant, count(*) AS number
                FROM (SELECT 'unsent' AS state, headers FROM outbox
                      UNION ALL SELECT state, headers FROM dead_letter) w GROUP BY 1, 2, 3) of_tenants) AS waiting
    """)


class OfServices(Collector):
    """How the events of these services stand. Whichever worker answers, the answer is the same: take the maximum."""

    def __init__(self, engines: dict[str, Engine]) -> None:
        self.states = {
            service: Bounded(StateOf(service, engine), SECONDS) for service, engine in engines.items()
        }
        self.unsent = {service: OldestUnsent() for service in engines}

    def describe(self) -> Iterable[Metric]:
        return [*families().values(), *under_former_names(families())]

    def collect(self) -> Iterator[Metric]:
        metrics = families()
        for service, state in self.states.items():
            try:
                self._tell(metrics, service, state.ask())
                known = 1
            except (SQLAlchemyError, NoAnswer) as error:
                log.warning("%s: its events cannot be counted now: %s", service, type(error).__name__)
                known = 0
            metrics["polku_service_counted"].add_metric([service], known)
        yield from metrics.values()
        yield from under_former_names(metrics)

    def _tell(self, metrics: dict[str, Any], service: str, state: Any) -> None:
        number, first, last = state.outbox
        counts = {
            "polku_outbox_events": number,
            "polku_outbox_age_seconds": self.unsent[service].age(first, last),
            "polku_timers_overdue": state.overdue,
        }
        for name, count in counts.items():
            metrics[name].add_metric([service], count)
        for name in ("dead", "parked"):
            metrics["polku_dead_letters"].add_metric([service, name], getattr(state, name))
        for topic, told in state.told.items():
            metrics["polku_events_told"].add_metric([service, topic], told)
        for topic, partition, behind, is_halted in state.partitions:
            where = [service, topic, str(partition)]
            metrics["polku_consumer_lag_events"].add_metric(where, behind)
            metrics["polku_partition_halted"].add_metric(where, int(is_halted))
        for (tenant, what), number in by_tenant(state.waiting).items():
            metrics["polku_tenant_events_waiting"].add_metric([service, tenant, what], number)


def by_tenant(waiting: Iterable[tuple[str, str | None, str | None, int]]) -> Tally[tuple[str, str]]:
    """How many events wait, by their organisation, as far as it may be told, and where: unsent, dead or parked."""
    found = Tally[tuple[str, str]]()
    for what, kind, tenant, number in waiting:
        found[tenant_to_count(kind, tenant), what] += number
    return found


def families() -> dict[str, Any]:
    place = ("service", "topic", "partition")
    made = (
        GaugeMetricFamily("polku_service_counted", "Whether a service could be asked.", labels=["service"]),
        CounterMetricFamily("polku_events_told", "Events put on the bus.", labels=["service", "topic"]),
        GaugeMetricFamily("polku_outbox_events", "Events told and not yet on the bus.", labels=["service"]),
        GaugeMetricFamily("polku_outbox_age_seconds", "How long the oldest has waited.", labels=["service"]),
        GaugeMetricFamily("polku_timers_overdue", "Timers a minute past due.", labels=["service"]),
        GaugeMetricFamily(
            "polku_dead_letters", "Dead letters, and events parked behind them.", labels=["service", "state"]
        ),
        GaugeMetricFamily(
            "polku_tenant_events_waiting",
            "Events unsent, dead or parked, by organisation; anonymous ones without it.",
            labels=["service", "tenant", "state"],
        ),
        GaugeMetricFamily("polku_consumer_lag_events", "Events on the bus, not yet handled.", labels=place),
        GaugeMetricFamily(
            "polku_partition_halted",
            "Whether a partition is halted: too many events failed in a row.",
            labels=place,
        ),
    )
    return {family.name: family for family in made}


def under_former_names(metrics: dict[str, Any]) -> Iterator[Metric]:
    for name, former in FORMERLY.items():
        copy = GaugeMetricFamily(former, f"Now {name}.")
        copy.samples = [sample._replace(name=former) for sample in metrics[name].samples]
        yield copy


class StateOf:
    """Asks one service's tables."""

    def __init__(self, service: str, engine: Engine) -> None:
        self.service, self.engine = service, engine

    def __call__(self) -> Any:
        with self.engine.connect() as connection:
            connection.execute(text(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}"))
            return connection.execute(STATE, {"service": self.service, "mine": f"{self.service}.%"}).one()


class OldestUnsent:
    """Since when the oldest row of an outbox has been there, as far as we have seen.

    A row does not say when it was written, because anonymous events have no finer time than the hour. But sequence
    numbers grow: what is still there and was already given out at an earlier look is older than that look.
    """

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self.sightings: deque[tuple[float, int]] = deque()  # when we looked, and the last number then

    def age(self, first: int | None, last: int | None) -> float:
        now = self.clock()
        while self.sightings and (first is None or self.sightings[0][1] < first):
            self.sightings.popleft()
        if last is not None:
            self.sightings.append((now, last))
        if len(self.sightings) > MOST_SIGHTINGS:
            self.sightings = deque(list(self.sightings)[::2])  # the oldest stays
        return now - self.sightings[0][0] if self.sightings else 0.0


class OfThisMachine(Collector):
    """Room on the disk of the state directory, the last backup, and the certificates named by POLKU_CERTIFICATES."""

    def collect(self) -> Iterator[Metric]:
        home = state_directory()
        if home.exists():
            disk = shutil.disk_usage(home)
            yield GaugeMetricFamily("polku_disk_free_bytes", "Free where our data lie.", disk.free)
            yield GaugeMetricFamily("polku_disk_size_bytes", "All there is.", disk.total)
        yield GaugeMetricFamily("polku_backup_timestamp_seconds", "When the last ended.", last_backup(home))
        yield certificates(setting("CERTIFICATES", "").split(","))


def last_backup(home: Path) -> float | None:
    try:
        return float(json.loads((home / LAST_BACKUP).read_text())["finished"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the note of the last backup cannot be read: %s", type(error).__name__)
        return None


def certificates(paths: Sequence[str]) -> Metric:
    """By the name of the file; one that cannot be read has long expired."""
    family = GaugeMetricFamily("polku_certificate_expires_timestamp_seconds", "When.", labels=["file"])
    for path in filter(None, map(str.strip, paths)):
        family.add_metric([Path(path).name], expiry_of(Path(path)))
    return family


def expiry_of(path: Path) -> float:
    from cryptography import x509  # few processes have certificates to watch

    try:
        until: datetime = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        log.warning("a certificate cannot be read: %s", type(error).__name__)
        return 0.0
    return until.timestamp()
