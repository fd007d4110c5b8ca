"""Takes a picture: asks the service that owns a thing how it stands now."""

from typing import Any

import msgspec

from services.portal.clients.base import ApiProblem, ask
from services.portal.live.channels import Away, Gone, Picture, Topic
from shared.web.tokens import service_token


def take(topic: Topic) -> Picture:
    token = service_token("portal", topic.service, topic.tenant)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        return picture_of(ask(topic.service, "GET", f"/live/{topic.id}", headers=headers).json())
    except ApiProblem as problem:
        raise (Gone if problem.status == 404 else Away) from problem


def picture_of(payload: dict[str, Any]) -> Picture:
    """As an event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    version = int(payload["version"])
    return Picture(version, b"id: %d\ndata: %s\n\n" % (version, msgspec.json.encode(payload)))
