"""Invitations over HTTP: how many wait for one, and the act."""

from services.identity.audit.models.entry import note
from services.identity.people.inviting import invite_everybody, wait_for_invitation
from shared.contracts.api import identity_invitations as shapes
from shared.contracts.api.identity_invitations import Invitations
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

invitations = Blueprint("invitations", __name__, description="Invitations of people who came by a list")


@serves(invitations, Invitations.waiting)
def waiting() -> shapes.NotInvited:
    return shapes.NotInvited(people=wait_for_invitation(session()))


@serves(invitations, Invitations.invite)
@limited(person=30, address=300)
def invite() -> shapes.Invited:
    people = invite_everybody(session())
    if people:
        note(session(), "people_invited", facts={"people": people})
    return shapes.Invited(people=people)
