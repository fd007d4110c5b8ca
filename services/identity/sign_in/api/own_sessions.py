"""One's own sessions: seen and ended by whoever holds one of them."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.identity.models import SignInSession
from services.identity.sign_in.models.holder import Holder, holder_of
from services.identity.sign_in.models.in_use import now
from services.identity.sign_in.models.session import LONGEST
from shared.contracts.api import identity_sessions as shapes
from shared.contracts.api.identity import SessionHeld
from shared.contracts.api.identity_sessions import OwnSessions
from shared.languages import ZONE
from shared.problems import NotFound
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

own_sessions = Blueprint("own_sessions", __name__, description="One's own sessions")


@serves(own_sessions, OwnSessions.own)
def own(held: SessionHeld) -> list[shapes.OwnSession]:
    holder = holder_of(held.secret, session())
    theirs = [shown(one, holder) for one in sessions_of(holder.id)]
    return sorted(theirs, key=lambda one: not one.is_this)


def sessions_of(member_id: UUID) -> list[SignInSession]:
    """Returns the person's sessions of the last day, the latest first."""
    theirs = select(SignInSession).where(SignInSession.member_id == member_id, SignInSession.ends_at >= now())
    return list(session().scalars(theirs.order_by(SignInSession.ends_at.desc(), SignInSession.id)))


def began_on(one: SignInSession) -> date:
    """The day at the clients' places."""
    return (one.ends_at - LONGEST).astimezone(ZONE).date()


def shown(one: SignInSession, holder: Holder) -> shapes.OwnSession:
    return shapes.OwnSession(
        id=one.id,
        browser=one.browser,
        device=one.device,
        began_on=began_on(one),
        is_this=one.id == holder.session_id,
    )


@serves(own_sessions, OwnSessions.end_one)
def end_one(meant: shapes.OwnSessionMeant) -> None:
    holder = holder_of(meant.secret, session())
    if meant.session_id not in {one.id for one in sessions_of(holder.id)}:
        raise NotFound
    SignInSession.end(meant.session_id, session())


@serves(own_sessions, OwnSessions.end_all)
def end_all(held: SessionHeld) -> None:
    SignInSession.end_all_of(holder_of(held.secret, session()).id, session())
