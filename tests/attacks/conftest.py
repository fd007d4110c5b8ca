from collections.abc import Iterator

import pytest

from shared.web.outbound import http_client
from tests.attacks.providers import HostileProvider
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.notification.certificates import Authority
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole


@pytest.fixture
def authority(tmp_path, monkeypatch) -> Iterator[Authority]:
    """Trusted by this machine, as those of its operating system are."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    http_client.trust.cache_clear()
    yield authority
    http_client.trust.cache_clear()


@pytest.fixture
def hostile(authority, monkeypatch) -> Iterator[HostileProvider]:
    """It lies in a network that the operator has opened: this machine."""
    monkeypatch.setenv("POLKU_OUTGOING_NETWORKS", "127.0.0.0/8, ::1/128")
    provider = HostileProvider(authority.secures("localhost"))
    yield provider
    provider.end()
