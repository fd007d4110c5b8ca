"""The wiring of the portal."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, Response, send_file
from werkzeug.exceptions import BadHost
from werkzeug.routing import MapAdapter

from services.portal.clients.base import serve_in_process
from services.portal.discovery import FACES, blueprint_of
from services.portal.door import init_request
from services.portal.look.area_files import static_files
from services.portal.shell import init_templates
from services.portal.web.compression import compress_large_pages
from services.portal.web.cookies import Flashes
from services.portal.web.gateway import behind_a_gateway, believing_the_gateway
from services.portal.web.readiness import NOBODYS, Seeing
from shared.settings import secrets
from shared.telemetry.pages import readiness
from shared.tenancy.isolation import IsolatedFlask
from shared.web.arguments import read_addresses
from shared.web.file_limits import LARGEST_FORM, LARGEST_TEXT
from shared.web.request_telemetry import watch


class Portal(IsolatedFlask):
    """Flask, except that a request whose host name cannot be one is shown a page as well: addresses can be built for it."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        try:
            return super().create_url_adapter(request)
        except BadHost:
            return self.url_map.bind(NOBODYS)

    def send_static_file(self, filename: str) -> Response:
        """Answers with a file of the portal or of one of its areas."""
        path = static_files().get(filename)
        return send_file(path) if path else super().send_static_file(filename)  # fonts may have come since


def create_app(services: Mapping[str, Any] | None = None) -> Flask:
    """The portal; `services` are those that live in this process, by name."""
    serve_in_process(services or {})
    app = Portal(__name__)
    app.config |= {
        "SECRET_KEY": secrets()["flash"],
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": 2
        * LARGEST_TEXT,  # a list that comes back is pasted then, and has longer line ends
    }
    app.session_interface = Flashes()
    read_addresses(app)
    app.wsgi_app = believing_the_gateway(app.wsgi_app)  # type: ignore[method-assign]
    watch(app, "portal", from_outside=not behind_a_gateway())
    health(app)
    compress_large_pages(app)
    init_request(app)
    init_templates(app)
    for face in FACES:
        app.register_blueprint(blueprint_of(face))
    return app


def health(app: Flask) -> None:
    app.get("/healthz", endpoint="healthz")(lambda: {"status": "alive"})
    seeing = Seeing()
    app.get("/readyz", endpoint="readyz")(lambda: readiness(seeing))
