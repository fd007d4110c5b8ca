"""Home-realm discovery: the domain of an address at work leads to the way in that is proven to be its own."""

from services.identity.models import Connection
from shared.contracts.api import identity_discovery as shapes
from shared.contracts.api.identity import WayIn
from shared.contracts.api.identity_discovery import Discovery
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

discovery = Blueprint("discovery", __name__, description="The way in that an address belongs to")


@serves(discovery, Discovery.discover)
def discover(typed: shapes.AddressTyped) -> list[WayIn]:
    """Looks at domains alone, so that whom we know and whom we do not are answered alike, as quickly."""
    domain = typed.address.strip().rpartition("@")[2].lower().rstrip(".")
    return [shown(way) for way in Connection.of_domain(domain, session())]


def shown(way: Connection) -> WayIn:
    return WayIn(id=way.id, name=way.name, is_confirmed=way.is_confirmed)
