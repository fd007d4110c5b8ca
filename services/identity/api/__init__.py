"""Identity over HTTP."""

from services.identity.api.access import access
from services.identity.api.clients import clients
from services.identity.api.organisation import organisation
from services.identity.api.people import people
from services.identity.api.sign_in import sign_in
from services.identity.api.ways_in import ways_in

blueprints = [sign_in, organisation, ways_in, clients, access, people]
