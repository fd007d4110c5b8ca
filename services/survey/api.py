"""The survey over HTTP: giving views, following one's own, reading others', texts by id."""

from uuid import UUID

from flask.views import MethodView

from services.survey import authors, authorship, reading, schemas
from services.survey.authorship import author_in
from services.survey.models import Collecting, Theme, View
from services.survey.writing import LONGEST
from shared.acts import caller, session
from shared.arguments import Blueprint
from shared.database import find
from shared.limits import paced
from shared.paging import PageArguments, page
from shared.roles import READER
from shared.web import open_to

MODERATORS = ("lead", "facilitator", "editor")
EVERYBODY = ("participant", "supervisor", "coordinator", "designer", "admin", *MODERATORS)

views = Blueprint("views", __name__)


@views.route("/runs/<uuid:run_id>/collecting")
class TheCollecting(MethodView):
    @open_to("participant")
    @views.arguments(schemas.Reader, location="query")
    @views.response(200, schemas.CollectingNow)
    def get(self, reader, run_id):
        """The themes in my language, my progress and drafts, and whether views are taken now."""
        author = author_in(run_id, caller())
        collecting, seeds = reading.collecting_with_seeds(session(), run_id)
        return settings_of(collecting) | {
            "longest": LONGEST,
            "seeds": seeds,
            "themes": themes_for(collecting, author, reader["language"] or caller().language),
        }


def settings_of(collecting: Collecting) -> dict:
    names = ("state", "closes_at", "moderated_first", "read_first", "languages", "handful")
    return {name: getattr(collecting, name) for name in names}


def themes_for(collecting: Collecting, author: UUID, language: str) -> list[dict]:
    written = authors.read(session(), collecting.id, author)
    mine, drafts = authorship.given_in(session(), written), written.drafts
    free = collecting.read_first or collecting.state == "ended" or caller().is_any(READER)
    return [
        theme.in_language(language)
        | {"id": theme.id, "position": theme.position, "key": theme.key, "draft": drafts.get(theme.id)}
        | {"views": views, "mine": mine.get(theme.id, 0)}
        | {"may_read": free or theme.id in mine}
        for theme, views in reading.themes_with_counts(session(), collecting.id)
    ]


@views.route("/themes/<uuid:theme_id>/views")
class ViewsOfATheme(MethodView):
    @open_to("participant")
    @paced(burst=60, seconds=5)
    @views.arguments(schemas.Giving)
    @views.response(201, schemas.Given)
    def post(self, giving, theme_id):
        """Give a view, and get the receipt with which only I can follow it."""
        theme = find(session(), Theme, theme_id)
        author = author_in(theme.run_id, caller())
        view, receipt = authorship.give(session(), theme, author, **giving)
        return {"view": view, "receipt": receipt}

    @open_to(*EVERYBODY)
    @views.arguments(PageArguments, location="query")
    @views.response(200, schemas.SharedViews)
    def get(self, paging, theme_id):
        """Colleagues' views, in an order that is always the same and never that of time."""
        theme = find(session(), Theme, theme_id)
        if not caller().is_any(*MODERATORS, READER):
            reading.must_have_written(session(), theme, author_in(theme.run_id, caller()))
        return page(session(), reading.shared_views(theme_id), [View.id], **paging)


@views.route("/themes/<uuid:theme_id>/another-view")
class AnotherView(MethodView):
    @open_to("participant")
    @views.arguments(schemas.Reader, location="query")
    @views.response(200, schemas.Another)
    def get(self, reader, theme_id):
        """One colleague's view on the theme on which I have just given mine."""
        theme = find(session(), Theme, theme_id)
        author = author_in(theme.run_id, caller())
        reading.must_have_written(session(), theme, author)
        language = reader["language"] or caller().language
        return {"view": reading.somebody_elses_view(session(), theme, author, language)}


@views.route("/themes/<uuid:theme_id>/draft")
class TheDraft(MethodView):
    @open_to("participant")
    @views.arguments(schemas.Words)
    @views.response(204)
    def put(self, words, theme_id):
        """Keep what I have typed so far, to go on with it on any device."""
        theme = find(session(), Theme, theme_id)
        author = author_in(theme.run_id, caller())
        kept = words["text"].strip()[: 2 * LONGEST]
        authorship.keep_draft(session(), theme, author, kept, words["language"])


@views.route("/runs/<uuid:run_id>/own-views")
class OwnViews(MethodView):
    @open_to("participant", READER)
    @views.arguments(schemas.Receipts)
    @views.response(200, schemas.OwnViews)
    def post(self, held, run_id):
        """My views: those of my pseudonym in this run, and those whose receipts I hold."""
        return own_views(run_id, held["receipts"])


@views.route("/receipts")
class ByReceipts(MethodView):
    @open_to("participant", READER, "service")
    @views.arguments(schemas.Receipts)
    @views.response(200, schemas.OwnViews)
    def post(self, held):
        """The views whose receipts are held, whoever asks: nothing else tells whose they are."""
        return own_views(None, held["receipts"])


def own_views(run_id: UUID | None, receipts: list[str]) -> dict:
    views, not_yet = authorship.own_views(session(), run_id, caller(), receipts)
    return {"views": views, "not_yet": not_yet}


@views.route("/views/<uuid:view_id>")
class OneOwnView(MethodView):
    @open_to("participant", READER, "service")
    @paced(burst=60, seconds=5)
    @views.arguments(schemas.Revision)
    @views.response(200, schemas.OwnView)
    def patch(self, revision, view_id):
        """Put my view in other words."""
        return authorship.revise(session(), view_id, caller(), **revision)


@views.route("/views/<uuid:view_id>/withdrawal")
class Withdrawal(MethodView):
    @open_to("participant", READER, "service")
    @views.arguments(schemas.Receipts)
    @views.response(200, schemas.TakenBack)
    def post(self, held, view_id):
        """Take my view back, at any time. Its last words are answered this once: nobody keeps them."""
        view, words = authorship.take_back(session(), view_id, caller(), held["receipts"])
        return vars(view) | {"words": words}


@views.route("/runs/<uuid:run_id>/texts")
class TextsOfViews(MethodView):
    @open_to(*EVERYBODY, READER, "service")
    @views.arguments(schemas.Ids)
    @views.response(200, schemas.Texts)
    def post(self, wanted, run_id):
        """The words of these views; staff of the consultancy also see those that were rejected."""
        found = reading.texts(session(), run_id, wanted["ids"], caller().is_any(*MODERATORS))
        return {"texts": {str(view.id): view for view in found}}
