"""The operations of mails that did not arrive: by person, for those who can correct an address."""

from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.notification.models import Notice, Occasion
from services.notification.schemas import NoticesSchema, UndeliveredPageSchema
from shared.problems import NotFound
from shared.web.arguments import Blueprint
from shared.web.paging import PageArguments, page
from shared.web.service import open_to

undelivered = Blueprint("undelivered", __name__, description="Who did not get which mail")


@undelivered.route("/undelivered")
class Undelivered(MethodView):
    @open_to("admin", "lead")
    @undelivered.arguments(PageArguments, location="query")
    @undelivered.response(200, UndeliveredPageSchema)
    def get(self, asked: dict):
        """Returns who did not get which mail in the last thirty days, person by person; of reminders, and of mails to those who take part in
        something, nothing."""
        keys = (Notice.member_id, Notice.id)
        found = page(g.session, Notice.undelivered(), keys, asked["after"], asked["limit"])
        ids = {notice.occasion_id for notice in found.items}
        occasions = {
            each.id: each for each in g.session.scalars(select(Occasion).where(Occasion.id.in_(ids)))
        }
        return {
            "items": [told(each, occasions[each.occasion_id]) for each in found.items],
            "next": found.next,
        }


@undelivered.route("/undelivered/again")
class AllAgain(MethodView):
    @open_to("admin", "lead")
    @undelivered.response(200, NoticesSchema)
    def post(self):
        """Send all of them again, but for those whose time has passed."""
        return {"notices": Notice.send_all_again(g.session)}


@undelivered.route("/undelivered/<uuid:notice_id>/again")
class Again(MethodView):
    @open_to("admin", "lead")
    @undelivered.response(204)
    def post(self, notice_id: UUID):
        """Send one of them again; one that is on its way already stays as it is."""
        listed = Notice.undelivered().where(Notice.id == notice_id).with_for_update()
        notice = g.session.scalars(listed).one_or_none()
        if notice is None:
            raise NotFound
        notice.send_again(g.session)


def told(notice: Notice, occasion: Occasion) -> dict:
    of_notice = {name: getattr(notice, name) for name in ("id", "member_id", "why", "failed_on")}
    return of_notice | {name: getattr(occasion, name) for name in ("kind", "run_id", "still_holds")}
