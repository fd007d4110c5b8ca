"""Identity over HTTP."""

from services.identity.api.people import people
from services.identity.api.sign_in import sign_in

blueprints = [sign_in, people]
