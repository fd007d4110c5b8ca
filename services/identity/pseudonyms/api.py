"""Until which day it could be found out who has written and voted."""

from services.identity.pseudonyms import key_days
from shared.contracts.api.identity_pseudonyms import KeyDays, Pseudonyms
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

pseudonyms = Blueprint("pseudonyms", __name__, description="Keys of pseudonyms")


@serves(pseudonyms, Pseudonyms.key_days)
def of_all_runs() -> KeyDays:
    return KeyDays(runs=key_days.key_days(session()))
