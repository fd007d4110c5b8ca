"""Sessions: who holds one and as what, with tokens for the services; and their end."""

from msgspec import UNSET

from services.identity.models import SignInSession
from services.identity.sign_in.access_context import (
    AccessContext,
    access_context_of,
    ended,
    for_once,
)
from services.identity.sign_in.models.holder import holder_of
from shared.contracts.api import identity as shapes
from shared.contracts.api.identity import Identity
from shared.settings import AUDIENCES
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves
from shared.web.tokens import issue

sessions = Blueprint("sessions", __name__, description="Sessions, and the tokens that say who is there")


@serves(sessions, Identity.current)
def current(asked: shapes.AccessContextAsked) -> shapes.AccessContext:
    access = access_context_of(asked.secret, asked.client, asked.as_participant, session(), asked.is_act)
    made = tokens_of(access, asked)
    return shapes.AccessContext(
        person=access.person.shown,
        tenant=access.tenant,
        home=access.home,
        roles=sorted(access.roles),
        tokens=made.tokens,
        for_once=made.for_once,
        version=made.version,
        rests_on=access.rests_on if asked.for_stream else UNSET,
        until=access.until,
        second_factor_from=access.person.needs_second_factor_from,
        renewed=access.person.held if access.person.held != asked.secret else UNSET,
    )


@serves(sessions, Identity.tokens)
def tokens(asked: shapes.AccessContextAsked) -> shapes.Tokens:
    return tokens_of(access_context_of(asked.secret, asked.client, asked.as_participant, session()), asked)


def tokens_of(access: AccessContext, asked: shapes.AccessContextAsked) -> shapes.Tokens:
    """The tokens asked for, and how long one may go on with them."""
    wanted = AUDIENCES if asked.audiences is None else asked.audiences
    vouched = access.vouched_for(wanted, asked.run_id, session())
    made = {audience: issue("identity", audience, one.caller) for audience, one in vouched.items()}
    return shapes.Tokens(tokens=made, for_once=for_once(vouched), version=access.version)


@serves(sessions, Identity.end)
def end(held: shapes.SessionHeld) -> shapes.SessionEnded:
    came_by = SignInSession.end(holder_of(held.secret, session()).session_id, session())
    return shapes.SessionEnded(connection_id=came_by)


@serves(sessions, Identity.ended)
def which_ended(asked: shapes.IdsAsked) -> shapes.Ended:
    return shapes.Ended(ended=ended(asked.ids, session()))
