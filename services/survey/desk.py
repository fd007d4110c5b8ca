"""The staff's desk over HTTP: the moderators' queue, and the wording of the themes before people answer."""

from flask.views import MethodView

from services.survey import queue, reading, schemas
from services.survey.api import MODERATORS
from services.survey.models import Collecting, Theme, View
from services.survey.models.view import REJECTED
from shared.acts import caller, session
from shared.arguments import Blueprint
from shared.database import find
from shared.edit_conflicts import merged
from shared.paging import PageArguments, page
from shared.web import open_to

desk = Blueprint("desk", __name__)


@desk.route("/runs/<uuid:run_id>/queue")
class TheQueue(MethodView):
    @open_to(*MODERATORS)
    @desk.response(200, schemas.Queue)
    def get(self, run_id):
        """How many views wait, and those that I hold."""
        return queue_of(run_id)


def queue_of(run_id) -> dict:
    mine = queue.held_by(session(), run_id, caller().subject)
    return queue.left(session(), run_id) | {"mine": mine}


@desk.route("/runs/<uuid:run_id>/claims")
class Claims(MethodView):
    @open_to(*MODERATORS)
    @desk.arguments(schemas.HowMany)
    @desk.response(200, schemas.Queue)
    def post(self, wanted, run_id):
        """Take the next views: they are mine until I decide, put them back, or leave them for half an hour."""
        find(session(), Collecting, run_id)
        queue.take_some(session(), run_id, caller().subject, wanted["how_many"])
        return queue_of(run_id)

    @open_to(*MODERATORS)
    @desk.response(204)
    def delete(self, run_id):
        """Put back what I hold."""
        queue.put_back(session(), caller().subject)


@desk.route("/runs/<uuid:run_id>/decisions")
class Decisions(MethodView):
    @open_to(*MODERATORS)
    @desk.arguments(schemas.Decisions)
    @desk.response(200, schemas.Decided)
    def post(self, made, run_id):
        """Decide on views that I hold; `missed` are those that are not mine any more."""
        missed = queue.decide(session(), run_id, caller().subject, made["decisions"])
        return {"decided": len(made["decisions"]) - len(missed), "missed": missed}


@desk.route("/runs/<uuid:run_id>/rejected")
class Rejected(MethodView):
    @open_to(*MODERATORS)
    @desk.arguments(PageArguments, location="query")
    @desk.response(200, schemas.RejectedViews)
    def get(self, paging, run_id):
        """The views that are not shown, each with its reason."""
        query = reading.views_of(run_id).where(View.status == REJECTED)
        return page(session(), query, [View.id], **paging)


@desk.route("/views/<uuid:view_id>/reconsideration")
class Reconsideration(MethodView):
    @open_to(*MODERATORS)
    @desk.response(204)
    def post(self, view_id):
        """Put a rejected view back into the queue."""
        find(session(), View, view_id).reconsider()


@desk.route("/runs/<uuid:run_id>/themes")
class Themes(MethodView):
    @open_to(*MODERATORS, "coordinator", "admin")
    @desk.response(200, schemas.Themes)
    def get(self, run_id):
        """The themes in all languages, with their counts."""
        collecting = find(session(), Collecting, run_id)
        names = ("id", "position", "key", "words")
        return {
            "state": collecting.state,
            "languages": collecting.languages,
            "statuses": reading.counts_by_status(session(), run_id),
            "themes": [
                {name: getattr(theme, name) for name in names} | {"views": views}
                for theme, views in reading.themes_with_counts(session(), run_id)
            ],
        }


@desk.route("/themes/<uuid:theme_id>")
class OneTheme(MethodView):
    @open_to(*MODERATORS, "coordinator")
    @desk.arguments(schemas.ThemeRewording)
    @desk.response(200, schemas.ThemeToEdit)
    def put(self, wording, theme_id):
        """Word a theme, until people have begun to answer it."""
        theme = find(session(), Theme, theme_id)
        session().refresh(theme, with_for_update=True)
        worded = merged(wording, schemas.ThemeRewording, theme)
        find(session(), Collecting, theme.run_id).reword(theme, **worded)
        return theme
