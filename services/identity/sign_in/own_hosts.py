"""Sees to it that people come back to a host of their own organisation, and to no other."""

from urllib.parse import urlsplit

from services.identity.models import Host
from shared.problems import NotFound
from shared.tenancy.sessions import current_tenant
from shared.web.acts import session


def only_to_ourselves(redirect_uri: str) -> None:
    """The code comes back to a host of this organisation and to no other."""
    host = Host.named(urlsplit(redirect_uri).netloc, session())
    if host.organisation_id != current_tenant():
        raise NotFound
