"""The people of an organisation: who they are, where they work, what they may do."""

from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import any_, func, literal, or_, select

from services.identity.models import Belonging, Member, SignInSession, Site, StaffAccess, Unit
from services.identity.people.models.member import NobodyLeftToDecide, is_here
from services.identity.people.people_list import ListOfPeople
from services.identity.people.turnout import Turnout
from services.identity.pseudonyms.key_days import key_days
from services.identity.pseudonyms.places import concerned_by
from services.identity.pseudonyms.returning import leave_marks
from services.identity.pseudonyms.took_part import who_took_part_in_any
from services.identity.schemas import (
    AddressesSchema,
    AtSessionAnswerSchema,
    AtSessionSchema,
    ChangeMemberSchema,
    IdsSchema,
    ImportedSchema,
    KeyDaysSchema,
    ListOfPeopleSchema,
    MemberPageSchema,
    MemberQuerySchema,
    MemberSchema,
    PlacesSchema,
    RoleSchema,
    ToRemindSchema,
    TurnoutSchema,
)
from services.identity.tenants.handover import only_the_client_makes_administrators
from shared.contracts.api import identity as shapes
from shared.contracts.api import identity_people as people_shapes
from shared.contracts.api.identity_people import People
from shared.database import find, lock_of, sessions_of
from shared.languages import by_name
from shared.problems import NotAllowed
from shared.tenancy.sessions import current_tenant
from shared.web.access import only_from, open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import limited
from shared.web.paging import page
from shared.web.roles import CLIENT_SIDE, PERSONS
from shared.web.serving import serves

people = Blueprint("people", __name__, description="People, units and sites")


@people.route("/members")
class Members(MethodView):
    @open_to(*CLIENT_SIDE, "lead", "facilitator", "service")
    @people.arguments(MemberQuerySchema, location="query")
    @people.response(200, MemberPageSchema)
    def get(self, asked):
        """Returns those who belong here, by name; narrowed by words of name or address, unit, site, role."""
        return page(g.session, wanted(asked), [Member.sort_name, Member.id], asked["after"], asked["limit"])


def wanted(asked: dict):
    query = select(Member).where(is_here())
    if words := asked["words"].strip():
        query = query.where(
            or_(Member.name.icontains(words, autoescape=True), Member.email.icontains(words, autoescape=True))
        )
    if asked["unit_id"]:
        query = query.where(Member.unit_id == asked["unit_id"])
    if asked["site_id"]:
        query = query.where(Member.site_id == asked["site_id"])
    if asked["role"] and asked["role"] != "participant":
        query = query.where(
            Member.given_roles.contains([asked["role"]]) | Member.vouched_roles.contains([asked["role"]])
        )
    return query


@people.route("/members/<uuid:member_id>")
class OneMember(MethodView):
    @open_to(*CLIENT_SIDE, "lead")
    @people.response(200, MemberSchema)
    def get(self, member_id):
        """One person."""
        return find(g.session, Member, member_id)

    @open_to(*CLIENT_SIDE, "lead")
    @people.arguments(ChangeMemberSchema)
    @people.response(200, MemberSchema)
    def patch(self, change, member_id):
        """Move a person to another unit or site; give roles, which only administrators and the lead may."""
        member = to_change(member_id)
        change = merged(change, ChangeMemberSchema, {"roles": member.given_roles} | places_of(member))
        if change["roles"] is not None:
            give(change["roles"], member)
        if "unit_id" in change or "site_id" in change:
            places = (change.get("unit_id", member.unit_id), change.get("site_id", member.site_id))
            member.move(known(Unit, places[0]), known(Site, places[1]))
        return member


def to_change(member_id: UUID) -> Member:
    member = Member.locked(member_id, g.session)
    member.has_to_be_here()
    return member


def places_of(member: Member) -> dict[str, UUID | None]:
    return {"unit_id": member.unit_id, "site_id": member.site_id}


@people.route("/members/<uuid:member_id>/roles")
class Roles(MethodView):
    @open_to("admin", "lead")
    @people.arguments(RoleSchema)
    @people.response(200, MemberSchema)
    def post(self, asked, member_id):
        """Give one role, beside those that the person has by now."""
        member = to_change(member_id)
        give([*{*member.given_roles, asked["role"]}], member)
        return member


@people.route("/members/<uuid:member_id>/roles/<role>")
class OneRole(MethodView):
    @open_to("admin", "lead")
    @people.response(200, MemberSchema)
    def delete(self, member_id, role):
        """Take one role away, and leave the others."""
        member = to_change(member_id)
        give([other for other in member.given_roles if other != role], member)
        return member


def give(roles: list[str], member: Member) -> None:
    if not caller().is_any("admin", "lead"):
        raise NotAllowed
    only_the_client_makes_administrators(set(roles), member)
    deciding = "admin" if "admin" in member.roles else "lead" if "lead" in member.roles else None
    alone = deciding and not others_with(deciding, member)  # asked first, as in leaving
    member.give_roles(roles, g.session)
    if alone and deciding not in member.roles:
        raise NobodyLeftToDecide


def others_with(role: str, member: Member) -> bool:
    """Whether somebody else has the role; in the place of somebody who has signed in, one who has as well: an address on
    a list decides nothing, and may be nobody's. Asked one after another: two who go at once would each count on the other."""
    session().execute(select(func.pg_advisory_xact_lock(lock_of(session(), "who-decides"))))
    holding = Member.given_roles.contains([role]) | Member.vouched_roles.contains([role])
    others = select(func.count()).select_from(Member).where(is_here(), holding, Member.id != member.id)
    if member.subject:
        others = others.where(Member.subject.is_not(None))
    return bool(session().scalar(others))


def known(kind: type[Unit] | type[Site], id):
    """The id of a unit or site of ours, or None."""
    return find(g.session, kind, id).id if id else None


@people.route("/members/<uuid:member_id>/leaving")
class Leaving(MethodView):
    @open_to("admin", "lead")
    @people.response(200, MemberSchema)
    def post(self, member_id):
        """A person does not belong here any more; all sessions end at once."""
        member = Member.locked(member_id, g.session)
        if "admin" in member.roles:
            only_the_client_makes_administrators(set(member.given_roles) ^ {"admin"}, member)
        if "admin" in member.roles and not others_with("admin", member):
            raise NobodyLeftToDecide
        member.leave(g.session)
        SignInSession.end_all_of(member.id, g.session)
        return member


@people.route("/people-list")
class PeopleList(MethodView):
    @open_to("admin", "coordinator", "lead")
    @limited(person=30, address=300)
    @people.arguments(ListOfPeopleSchema)
    @people.response(200, ImportedSchema)
    def post(self, form):
        """Take in a list of people; roles in it count only from administrators and the lead."""
        if any(person["roles"] for person in form["people"]) and not caller().is_any("admin", "lead"):
            raise NotAllowed
        only_the_client_makes_administrators({role for person in form["people"] for role in person["roles"]})
        return ListOfPeople(g.session).take_in(form["people"])


@serves(people, People.names)
def names(asked: shapes.IdsAsked) -> people_shapes.Names:
    ours = select(Member.id, Member.name).where(Member.id.in_(asked.ids), Member.name != "")
    granted = select(StaffAccess.staff_id, StaffAccess.staff_name).where(StaffAccess.staff_id.in_(asked.ids))
    found = [*session().execute(granted), *session().execute(ours)]
    return people_shapes.Names(names=dict(found))


@people.route("/addresses")
class Addresses(MethodView):
    @open_to("service")
    @people.arguments(IdsSchema)
    @people.response(200, AddressesSchema)
    def post(self, asked):
        """Names, e-mail addresses and languages of those who are still here, for notices to be sent."""
        only_from("notification")
        here = select(Member).where(Member.id.in_(asked["ids"]), is_here())
        return {"addresses": list(g.session.scalars(here.order_by(Member.id)))}


@people.route("/runs/<uuid:run_id>/to-remind")
class ToRemind(MethodView):
    @open_to("service")
    @people.arguments(ToRemindSchema)
    @people.response(200, AddressesSchema)
    def post(self, asked, run_id):
        """Of these people those who are still here and have taken part in none of the activities, with their addresses. Who has
        is asked now, and kept nowhere; of whom nobody can know it any more, nobody is reminded."""
        only_from("notification")
        took_part = who_took_part_in_any(run_id, asked["activities"], sessions_of("identity"))
        if took_part is None:
            return {"addresses": []}
        theirs = Member.id.in_(set(asked["ids"]) - took_part)
        reads_along = literal(run_id) == any_(Member.reads_along)
        here = select(Member).where(theirs, is_here(), ~reads_along)
        return {"addresses": list(g.session.scalars(here.order_by(Member.id)))}


@people.route("/runs/<uuid:run_id>/sessions/<uuid:workshop_id>/concerned")
class ConcernedBySession(MethodView):
    @open_to("service")
    @people.arguments(AtSessionSchema)
    @people.response(200, AtSessionAnswerSchema)
    def post(self, asked, run_id, workshop_id):
        """Of these people those who are still here and whom news of a workshop session concern, with their addresses, how they stand
        to it, and what a mail says of it. Who they are is asked now, and kept nowhere."""
        only_from("notification")
        found = concerned_by(run_id, workshop_id, asked["telling"], sessions_of("identity"))
        if found is None:
            return {"addresses": [], "session": None}
        theirs = Member.id.in_(found.standing.keys() & set(asked["ids"]))
        members = g.session.scalars(select(Member).where(theirs, is_here()).order_by(Member.id))
        addresses = [addressed(member) | {"standing": found.standing[member.id]} for member in members]
        leader = name_of_staff(found.session["facilitator"])
        return {"addresses": addresses, "session": found.session | {"leader": leader}}


def addressed(member: Member) -> dict:
    return {name: getattr(member, name) for name in ("id", "name", "email", "language")}


def name_of_staff(id: str | None) -> str:
    """The name of one of the consultancy's people; empty when nobody of that id was let in."""
    name = select(StaffAccess.staff_name).where(StaffAccess.staff_id == id).limit(1)
    return (g.session.scalar(name) if id else None) or ""


@people.route("/units")
class Units(MethodView):
    @open_to(*PERSONS, "service")
    @people.response(200, PlacesSchema)
    def get(self):
        """The units, and how many belong to each."""
        return {"items": places(Unit, Member.unit_id)}


@people.route("/sites")
class Sites(MethodView):
    @open_to(*PERSONS, "service")
    @people.response(200, PlacesSchema)
    def get(self):
        """The sites, and how many work at each."""
        return {"items": places(Site, Member.site_id)}


def places(kind, column) -> list[dict]:
    rows = g.session.execute(
        select(kind.id, kind.name, func.count(Member.id))
        .outerjoin(Member, (column == kind.id) & is_here())
        .group_by(kind.id, kind.name)
    )
    return [{"id": id, "name": name, "members": members} for id, name, members in sorted(rows, key=by_name)]


@people.route("/runs/<uuid:run_id>/turnout/<activity>")
class TurnoutOfActivity(MethodView):
    @open_to(*CLIENT_SIDE, "lead", "facilitator")
    @people.response(200, TurnoutSchema)
    def get(self, run_id, activity):
        """How many took part, by unit and site; small numbers are withheld."""
        return Turnout.of(run_id, activity, g.session)


@people.route("/key-days")
class KeyDays(MethodView):
    @open_to(*PERSONS)
    @people.response(200, KeyDaysSchema)
    def get(self):
        """Until which day it could be found out who has written and voted, to the day: of each run and purpose."""
        return {"runs": key_days(g.session)}


@serves(people, People.me)
@limited(person=60, address=4_000)
def me() -> people_shapes.OwnData:
    me = myself()
    mine = select(Belonging).filter_by(member_id=me.id).order_by(Belonging.run_id, Belonging.activity)
    return people_shapes.OwnData(
        member=member_shown(me),
        signed_in_on=me.signed_in_on,
        counted_in=[counted_in(one) for one in session().scalars(mine)],
        reads_along=me.reads_along,
    )


def member_shown(member: Member) -> people_shapes.MemberShown:
    return people_shapes.MemberShown(
        id=member.id,
        name=member.name,
        email=member.email,
        language=member.language,
        unit_id=member.unit_id,
        site_id=member.site_id,
        roles=member.roles,
        given_roles=member.given_roles,
        vouched_roles=member.vouched_roles,
        has_signed_in=member.subject is not None,
        left_at=member.left_at,
    )


def counted_in(one: Belonging) -> people_shapes.CountedIn:
    return people_shapes.CountedIn(
        run_id=one.run_id, activity=one.activity, unit_id=one.unit_id, site_id=one.site_id
    )


@serves(people, People.speak)
def speak(wish: people_shapes.Speaking) -> people_shapes.MemberShown:
    me = myself()
    me.speak(wish.language)
    return member_shown(me)


@serves(people, People.forget_me)
def forget_me() -> None:
    me = Member.locked(myself().id, session())
    if "admin" in me.roles and not others_with("admin", me):
        raise NobodyLeftToDecide
    leave_marks(me, session())
    me.be_forgotten(session())
    SignInSession.end_all_of(me.id, session())
    session().query(Belonging).filter_by(member_id=me.id).delete()


def myself() -> Member:
    """The caller in the caller's own organisation; staff in a client's rooms are not at home here."""
    if caller().home not in (None, current_tenant()):
        raise NotAllowed
    return find(session(), Member, caller().subject)
