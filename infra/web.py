"""Everything that answers on the web port: the portal, and each service's own API below /api/<service>/.

gunicorn calls `create_app()`. The portal reaches the services in this very process, by the same calls as over HTTP.
"""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.rooms import rooms
from services.portal.app import create_app as create_portal


def create_app() -> DispatcherMiddleware:
    services = the_services()
    return DispatcherMiddleware(
        create_portal(services), {f"/api/{name}": app for name, app in services.items()}
    )


def the_services() -> dict[str, Flask]:
    """Every service that has doors, by its name."""
    return {name: room.create_app() for name, room in rooms("app").items() if name != "portal"}
