"""Metrics that are counted and measured as things happen (https://prometheus.io/docs/practices/naming/).

Labels are services, route templates, topics and tenants: tens of each. No label holds a person, and anonymous events
are counted without their tenant, so that no graph tells the quarter of a minute in which somebody of a small
organisation said something. What a query can tell is asked when somebody looks: shared/messaging/gauges.py.
"""

from prometheus_client import Counter, Gauge, Histogram

ANONYMOUS = "anonymous"
REQUEST_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10)
TENANT_BUCKETS = (0.1, 0.5, 2.5)
STATEMENT_BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)
BATCH_BUCKETS = (1, 5, 25, 100, 500)

REQUEST_SECONDS = Histogram(
    "polku_request_seconds",
    "How long requests took.",
    ["service", "route", "method"],
    buckets=REQUEST_BUCKETS,
)
REQUESTS = Counter("polku_requests_total", "Requests answered.", ["service", "route", "method", "status"])
TENANT_SECONDS = Histogram(
    "polku_tenant_request_seconds",
    "How long requests took, by organisation; those of who takes part are anonymous.",
    ["service", "tenant"],
    buckets=TENANT_BUCKETS,
)
TENANT_DATABASE_SECONDS = Counter(
    "polku_tenant_database_seconds_total",
    "What requests took of the database, by organisation; those of who takes part are anonymous.",
    ["service", "tenant"],
)
STATEMENT_SECONDS = Histogram(
    "polku_database_seconds", "How long statements of SQL took.", ["service"], buckets=STATEMENT_BUCKETS
)
DATABASE_ERRORS = Counter(
    "polku_database_errors_total", "Statements that the database refused.", ["service", "kind"]
)
POOL_IN_USE = Gauge(
    "polku_database_pool_in_use", "Connections in use.", ["service"], multiprocess_mode="livesum"
)
POOL_LIMIT = Gauge(
    "polku_database_pool_limit", "Connections that may be used.", ["service"], multiprocess_mode="livesum"
)
RELAY_SECONDS = Histogram(
    "polku_relay_seconds", "How long a batch took to the bus.", ["service"], buckets=REQUEST_BUCKETS
)
RELAY_EVENTS = Histogram(
    "polku_relay_batch_events", "Events in a batch to the bus.", ["service"], buckets=BATCH_BUCKETS
)
BUS_ACCEPTS = Gauge("polku_bus_accepts", "Whether the bus took the last batch (1) or not (0).", ["service"])
EVENTS_HANDLED = Counter("polku_events_handled_total", "Events handled.", ["service", "tenant"])
FAILED_ATTEMPTS = Counter("polku_failed_attempts_total", "Attempts at an event that failed.", ["service"])
REDELIVERIES = Counter(
    "polku_redeliveries_total",
    "Reactions left out: they had been done when their event came again.",
    ["service"],
)
STUCK = Gauge("polku_worker_stuck", "Whether a part of a worker makes no progress.", ["service", "what"])
STREAMS = Gauge("polku_live_streams", "Live streams open.", multiprocess_mode="livesum")


def answered(service: str, route: str, method: str, status: int, seconds: float) -> None:
    REQUEST_SECONDS.labels(service, route, method).observe(seconds)
    REQUESTS.labels(service, route, method, str(status)).inc()


def answered_for(service: str, tenant: str | None, seconds: float, in_database: float) -> None:
    """`tenant` is none where it must not be told, or nobody knows it."""
    TENANT_SECONDS.labels(service, tenant or ANONYMOUS).observe(seconds)
    TENANT_DATABASE_SECONDS.labels(service, tenant or ANONYMOUS).inc(in_database)


def relayed(service: str, number: int, seconds: float) -> None:
    RELAY_SECONDS.labels(service).observe(seconds)
    RELAY_EVENTS.labels(service).observe(number)
    BUS_ACCEPTS.labels(service).set(1)


def came_again(service: str, number: int) -> None:
    if number:
        REDELIVERIES.labels(service).inc(number)


def failed_attempt(service: str) -> None:
    FAILED_ATTEMPTS.labels(service).inc()
