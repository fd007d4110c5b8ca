"""How an organisation is called, and in whose name its mails go out."""

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields

from services.identity.audit.models.entry import note
from services.identity.models import Organisation
from services.identity.sign_in.second_factor import ask_for_it
from services.identity.tenants.handover import is_a_guest
from shared.contracts.api import identity_tenants as shapes
from shared.contracts.api.identity_tenants import Tenants
from shared.problems import RuleBroken
from shared.web.access import only_from, open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves


class TheirOwnHours(RuleBroken):
    """How people sign in at the desk, and for how long, is decided by the organisation's own administrators. Ask one of them."""

    status = 403


organisation = Blueprint("organisation", __name__, description="An organisation's name")


@serves(organisation, Tenants.organisation)
def ours() -> shapes.OwnOrganisation:
    return shown(Organisation.ours(session()))


def shown(ours: Organisation) -> shapes.OwnOrganisation:
    return shapes.OwnOrganisation(
        id=ours.tenant_id,
        slug=ours.slug,
        name=ours.name,
        kind=ours.kind,
        languages=ours.languages,
        theme=ours.theme,
        consultancy_id=ours.consultancy_id,
        reply_to=ours.reply_to,
        idle_minutes=ours.idle_minutes,
        session_hours=ours.session_hours,
        second_factor_from=ours.second_factor_from,
    )


@serves(organisation, Tenants.describe)
def describe(description: shapes.Description) -> shapes.OwnOrganisation:
    ours = Organisation.ours(session())
    session().refresh(ours, with_for_update=True)
    before = shown(ours)
    ours.describe(**merged_struct(description, ours))
    note_what_changed(before, shown(ours))
    return shown(ours)


def note_what_changed(before: shapes.OwnOrganisation, after: shapes.OwnOrganisation) -> None:
    changed = [name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if changed:
        note(session(), "organisation_changed", facts={"fields": changed})


@serves(organisation, Tenants.limit_sessions)
def limit_sessions(limits: shapes.SessionLimits) -> shapes.OwnOrganisation:
    if is_a_guest():
        raise TheirOwnHours
    ours = Organisation.ours(session())
    session().refresh(ours, with_for_update=True)
    before = shown(ours)
    ours.limit_sessions(limits.idle_minutes, limits.session_hours)
    note_what_changed(before, shown(ours))
    return shown(ours)


@serves(organisation, Tenants.ask_second_factor)
def ask_second_factor(wished: shapes.SecondFactorWished) -> shapes.OwnOrganisation:
    if is_a_guest():
        raise TheirOwnHours
    ours = Organisation.ours(session())
    session().refresh(ours, with_for_update=True)
    if wished.days is None:
        ours.second_factor_from = None
    else:
        ask_for_it(wished.days, caller().subject, session())
    return shown(ours)


class MailSenderSchema(Schema):
    """In whose name mails go out, and where answers go."""

    name = fields.String()
    reply_to = fields.String(allow_none=True)


@organisation.route("/mail-sender")
class MailSender(MethodView):
    @open_to("service")
    @organisation.response(200, MailSenderSchema)
    def get(self):
        """In whose name mails go out, and where answers go."""
        only_from("notification")
        return Organisation.ours(g.session)
