"""Whether a gateway stands before the portal and live; without one nobody's X-Forwarded headers are believed.

POLKU_GATEWAY is `no`, `http` (all on one machine) or `https`. Behind one, pages and streams share an origin.
"""

from wsgiref.types import WSGIApplication

from werkzeug.middleware.proxy_fix import ProxyFix

from shared.settings import setting


def behind_a_gateway() -> bool:
    return setting("GATEWAY", "no") != "no"


def over_tls_alone() -> bool:
    return setting("GATEWAY", "no") == "https"


def believing_the_gateway(app: WSGIApplication) -> WSGIApplication:
    """The gateway says who asks, for which host and how; it takes away what others said of that."""
    return ProxyFix(app, x_for=1, x_proto=1, x_host=1) if behind_a_gateway() else app
