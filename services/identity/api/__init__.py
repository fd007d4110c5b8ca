"""Identity over HTTP."""

from services.identity.people.api import people
from services.identity.sign_in.api.confirming import confirming
from services.identity.sign_in.api.sessions import sessions
from services.identity.sign_in.api.sign_in import sign_in
from services.identity.sign_in.api.ways_in import ways_in
from services.identity.tenants.api.clients import clients
from services.identity.tenants.api.hosts import hosts
from services.identity.tenants.api.organisation import organisation
from services.identity.tenants.api.staff_access import access

blueprints = [sign_in, sessions, organisation, hosts, ways_in, confirming, clients, access, people]
