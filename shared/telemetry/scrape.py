"""The page that Prometheus reads, and who may read it.

It holds counts and no content, but an installation's counts are nobody else's business: only this machine and the
networks in POLKU_METRICS_FROM may ask, and nothing that came through a gateway, which says so in a header.
"""

import ipaddress
import os
import platform
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from shared.settings import setting

BY_A_GATEWAY = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")


class OfThisBuild(Collector):
    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("polku_build_info", "What runs here.", labels=["version", "python"])
        build.add_metric([setting("VERSION", "development"), platform.python_version()], 1)
        yield build


def text_of(*collectors: Collector) -> bytes:
    """Of all processes that share this one's port, if they write down what they count."""
    together = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(together)
    else:
        together.register(REGISTRY)
    for collector in (OfThisBuild(), *collectors):
        together.register(collector)
    return generate_latest(together)


def may_ask(environ: Mapping[str, Any]) -> bool:
    """`environ` is WSGI's. The address is that of the connection, whatever a header says; by an organisation's host name
    nobody may."""
    if any(header in environ for header in BY_A_GATEWAY) or not names_a_machine(environ.get("HTTP_HOST", "")):
        return False
    original = environ.get("werkzeug.proxy_fix.orig", {})
    address = ipaddress.ip_address(original.get("REMOTE_ADDR") or environ.get("REMOTE_ADDR") or "0.0.0.0")
    return address.is_loopback or any(address in network for network in networks())


def names_a_machine(host: str) -> bool:
    """Whether a Host header is an address, or a name without a dot such as `localhost` or a container's: the names of
    organisations have one."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return "." not in name or bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """POLKU_METRICS_FROM: networks with a comma between, such as 10.0.0.0/8."""
    return [
        ipaddress.ip_network(one.strip()) for one in setting("METRICS_FROM", "").split(",") if one.strip()
    ]


def page_for(environ: Mapping[str, Any], *collectors: Collector) -> Response:
    """Returns the page for who may ask; others are told that there is nothing."""
    if not may_ask(environ):
        return Response("Nothing is here.\n", 404, mimetype="text/plain")
    return Response(text_of(*collectors), content_type=CONTENT_TYPE_LATEST)
