"""The workshop service, put together."""

from datetime import date
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from services.workshop.api import boards, live, outcomes, questions, rounds, workshops
from shared.web import create_service


class IsoTimes(DefaultJSONProvider):
    """Boards are answered without a schema, so their times are written here as schemas write them (ISO 8601)."""

    @staticmethod
    def default(thing: Any) -> Any:
        return thing.isoformat() if isinstance(thing, date) else DefaultJSONProvider.default(thing)


def create_app() -> Flask:
    doors = (questions, rounds, workshops, boards, outcomes, live)
    app = create_service("workshop", [door.api for door in doors])
    app.json = IsoTimes(app)
    return app
