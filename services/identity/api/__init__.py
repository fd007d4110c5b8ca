"""Identity over HTTP."""

from services.identity.audit.api import audit
from services.identity.people.api.addresses import addresses
from services.identity.people.api.invitations import invitations
from services.identity.people.api.lists import imports
from services.identity.people.api.members import members
from services.identity.people.api.oneself import oneself
from services.identity.people.api.places import places
from services.identity.provisioning.api import provisioning
from services.identity.pseudonyms.api import pseudonyms
from services.identity.sign_in.api.confirming import confirming
from services.identity.sign_in.api.discovery import discovery
from services.identity.sign_in.api.own_sessions import own_sessions
from services.identity.sign_in.api.saml_sign_in import saml_sign_in
from services.identity.sign_in.api.saml_ways_in import saml_ways_in
from services.identity.sign_in.api.sessions import sessions
from services.identity.sign_in.api.setting_up import setting_up
from services.identity.sign_in.api.sign_in import sign_in
from services.identity.sign_in.api.sign_outs import sign_outs
from services.identity.sign_in.api.ways_in import ways_in
from services.identity.tenants.api.clients import clients
from services.identity.tenants.api.hosts import hosts
from services.identity.tenants.api.organisation import organisation
from services.identity.tenants.api.staff_access import access

of_tenants = [organisation, hosts, clients, access]
of_people = [members, imports, invitations, oneself, places, addresses]
of_ways_in = [ways_in, saml_ways_in, confirming, setting_up]
of_sign_in = [sign_in, discovery, saml_sign_in, sign_outs, sessions, own_sessions]
blueprints = [*of_sign_in, *of_ways_in, *of_tenants, *of_people, pseudonyms, provisioning, audit]
