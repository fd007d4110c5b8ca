"""The people of an organisation."""

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import select

from services.identity.models import Member
from services.identity.schemas import AddressesSchema, IdsSchema, NamesSchema
from shared.web import ROLES, open_to

people = Blueprint("people", __name__, description="People, units and sites")
PERSONS = sorted(ROLES - {"service", "operator"})


@people.route("/names")
class Names(MethodView):
    @open_to(*PERSONS)
    @people.arguments(IdsSchema)
    @people.response(200, NamesSchema)
    def post(self, asked):
        """The names of colleagues by their ids."""
        rows = g.session.execute(select(Member.id, Member.name).where(Member.id.in_(asked["ids"])))
        return {"names": {str(id): name for id, name in rows}}


@people.route("/addresses")
class Addresses(MethodView):
    @open_to("service")
    @people.arguments(IdsSchema)
    @people.response(200, AddressesSchema)
    def post(self, asked):
        """Names, e-mail addresses and languages of those who are still here, for notices to be sent."""
        here = select(Member).where(Member.id.in_(asked["ids"]), Member.left_at.is_(None))
        return {"addresses": list(g.session.scalars(here.order_by(Member.id)))}
