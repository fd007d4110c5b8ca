"""The wiring of the portal."""

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from services.portal.clients.base import serve_in_process
from services.portal.discovery import FACES, blueprint_of
from services.portal.door import stand_at_the_door
from services.portal.shell import dress
from shared.settings import secrets, setting

MOST_BYTES = 6 * 1024 * 1024


def create_app(services: Mapping[str, Any] | None = None) -> Flask:
    """The portal; `services` are those that live in this process, by name."""
    serve_in_process(services or {})
    app = Flask(__name__)
    app.config |= {
        "SECRET_KEY": hmac.digest(secrets()["vault"].encode(), b"the portal's flashed sentences", "sha256"),
        "SESSION_COOKIE_NAME": "flash",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": behind_a_gateway(),
        "MAX_CONTENT_LENGTH": MOST_BYTES,
    }
    if behind_a_gateway():
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    health(app)
    stand_at_the_door(app)
    dress(app)
    for face in FACES:
        app.register_blueprint(blueprint_of(face))
    return app


def behind_a_gateway() -> bool:
    """A gateway ends TLS before us and says so in X-Forwarded headers; without one nobody's headers are believed."""
    return setting("GATEWAY", "no") == "yes"


def health(app: Flask) -> None:
    app.get("/healthz", endpoint="healthz")(lambda: {"status": "alive"})
    app.get("/readyz", endpoint="readyz")(lambda: {"status": "ready"})
