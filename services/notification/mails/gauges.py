"""Tells Prometheus of the mail server: since when it takes no mails of ours, and how many wait for it."""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from services.notification.models import MailOutage
from shared.messaging.gauges import SECONDS
from shared.telemetry.bounded import Bounded, NoAnswer

log = logging.getLogger(__name__)


def families() -> dict[str, GaugeMetricFamily]:
    made = (
        GaugeMetricFamily("polku_mail_outage_seconds", "How long the mail server has taken no mails."),
        GaugeMetricFamily("polku_mail_letters_waiting", "Mails that wait for the mail server."),
    )
    return {family.name: family for family in made}


class OfMail(Collector):
    """Whichever worker answers, the answer is the same: take the maximum. Nothing is told where it cannot be asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.state = engine, Bounded(self._state, SECONDS)

    def describe(self) -> Iterable[Metric]:
        return families().values()

    def collect(self) -> Iterator[Metric]:
        metrics = families()
        try:
            seconds, waiting = self.state.ask()
        except (SQLAlchemyError, NoAnswer) as error:
            log.warning("the mails that wait cannot be counted now: %s", type(error).__name__)
        else:
            metrics["polku_mail_outage_seconds"].add_metric([], seconds)
            metrics["polku_mail_letters_waiting"].add_metric([], waiting)
        yield from metrics.values()

    def _state(self) -> tuple[float, int]:
        with self.engine.connect() as connection:
            now = connection.execute(MailOutage.now()).one()
        return (datetime.now(UTC) - now.since).total_seconds() if now.since else 0.0, int(now.waiting)
