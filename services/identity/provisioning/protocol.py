"""A request of SCIM 2.0, answered: scim2-server reads and writes the protocol, our storage does the rest."""

import json
from typing import Any
from urllib.parse import parse_qsl

from scim2_models import PatchOp, Resource, ResourceType, SCIMException, UniquenessException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from sqlalchemy.exc import IntegrityError

from services.identity.provisioning.directory import Directory
from services.identity.provisioning.entra import spelled_out
from services.identity.provisioning.resources import PROVIDER
from services.identity.provisioning.storage import Storage
from shared.contracts.api.identity_provisioning import ScimAnswered, ScimAsked


class Service(ScimService):
    """SCIM, with Entra's habits."""

    def publish(self, base_url: str, resource: Resource[Any]) -> Resource[Any]:
        """Returns the resource itself with its addresses: the storage makes each anew, so there is no need to copy it whole first."""
        assert resource.meta is not None and resource.id is not None
        of = self.get_resource_type_of(resource)
        resource.meta.location = self.resource_location(base_url, of, resource.id)
        for other in getattr(resource, "groups", None) or getattr(resource, "members", None) or []:
            other.ref = self.reference_location(base_url, other.ref)
        return resource

    def read_patch(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> "PatchOp[Any]":
        said = spelled_out(self.decode_body(body, content_type))
        return super().read_patch(resource_type, json.dumps(said).encode(), content_type)


def answer(asked: ScimAsked, directory: Directory) -> ScimAnswered:
    """Returns what the directory is told; a refusal leaves nothing written. Cursors are sealed with the token: they are good for who got them."""
    service = Service(PROVIDER, secret=asked.token)
    handler = ScimHandler(service, Storage(directory))
    try:
        return written(handler.handle(request_of(asked)))
    except SCIMException as refused:
        said = refused
    except IntegrityError:  # the database compares names as we do
        said = UniquenessException(detail="A user of this userName or externalId is here already.")
    directory.session.rollback()
    return written(service.error_response(said))


def request_of(asked: ScimAsked) -> ScimRequest:
    headers = {
        "Content-Type": asked.content_type,
        "If-Match": asked.if_match,
        "If-None-Match": asked.if_none_match,
    }
    return ScimRequest(
        method=asked.method,
        base_url=asked.base,
        path=asked.path.removesuffix(".scim"),
        query=dict(parse_qsl(asked.query, keep_blank_values=True)),
        headers={name: value for name, value in headers.items() if value},
        body=asked.body.encode(),
    )


def written(response: ScimResponse) -> ScimAnswered:
    body = "" if response.body is None else json.dumps(response.body, ensure_ascii=False)
    return ScimAnswered(status=int(response.status), headers=response.headers, body=body)
