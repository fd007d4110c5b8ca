"""Questions that people ask for themselves: what is kept about them, their language, and to be forgotten."""

from sqlalchemy import select

from services.identity.audit.models.entry import note
from services.identity.models import Belonging, Member, ProvisionedPerson, SignInSession
from services.identity.people.api.members import shown
from services.identity.people.deciding import others_with
from services.identity.people.models.member import NobodyLeftToDecide
from services.identity.pseudonyms.returning import leave_marks
from shared.contracts.api import identity_oneself as shapes
from shared.contracts.api.identity_oneself import Oneself
from shared.contracts.api.identity_people import MemberShown
from shared.database import find
from shared.problems import NotAllowed
from shared.tenancy.sessions import current_tenant
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves
from shared.web.shapes import shape_of

oneself = Blueprint("oneself", __name__, description="What is kept about oneself")


@serves(oneself, Oneself.me)
@limited(person=60, address=4_000)
def me() -> shapes.OwnData:
    me = myself()
    mine = select(Belonging).filter_by(member_id=me.id).order_by(Belonging.run_id, Belonging.activity)
    return shapes.OwnData(
        member=shown(me),
        given_name=me.given_name,
        signed_in_on=me.signed_in_on,
        counted_in=[shape_of(shapes.CountedIn, one) for one in session().scalars(mine)],
        reads_along=me.reads_along,
        announced=[announced(person) for person in ProvisionedPerson.all_of(me.id, session())],
    )


def announced(person: ProvisionedPerson) -> shapes.Announced:
    return shapes.Announced(described=person.said, groups=person.groups(session()))


@serves(oneself, Oneself.speak)
def speak(wish: shapes.Speaking) -> MemberShown:
    me = myself()
    me.speak(wish.language)
    return shown(me)


@serves(oneself, Oneself.forget_me)
def forget_me() -> None:
    me = Member.locked(myself().id, session())
    if "admin" in me.roles and not others_with("admin", me, session()):
        raise NobodyLeftToDecide
    leave_marks(me, session())
    me.be_forgotten(session())
    note(session(), "person_erased", about_id=me.id)
    SignInSession.end_all_of(me.id, session())
    session().query(Belonging).filter_by(member_id=me.id).delete()


def myself() -> Member:
    """The caller in the caller's own organisation; staff in a client's rooms are not at home here."""
    if caller().home not in (None, current_tenant()):
        raise NotAllowed
    return find(session(), Member, caller().subject)
