from collections.abc import Iterator
from shared.outgoing import http_client
from tests.attacks.providers import HostileProvider
from tests.identity.houses import avis as avis
from tests.identity.houses import build as build
from tests.identity.houses import consultancy as consultancy
from tests.identity.houses import kelas as kelas
from tests.notification.certificates import Authority
from tests.portal.browser import browse as browse
from tests.portal.browser import whole as whole
