"""Takes a picture: asks the service that owns a thing how it stands now."""

import httpx
import msgspec

from services.portal.clients.base import connection_to
from services.portal.live.channels import Away, Gone, Picture, Topic
from shared.tokens import service_token


def take(topic: Topic) -> Picture:
    token = service_token("portal", topic.service, topic.tenant)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = connection_to(topic.service).get(f"/live/{topic.id}", headers=headers)
    except httpx.HTTPError as error:
        raise Away from error
    if answer.status_code == 404:
        raise Gone
    if not answer.is_success:
        raise Away
    return picture_of(answer.json())


def picture_of(said: dict) -> Picture:
    """As an event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    version = int(said["version"])
    return Picture(version, b"id: %d\ndata: %s\n\n" % (version, msgspec.json.encode(said)))
