"""The thread over HTTP."""

from uuid import UUID

from flask.views import MethodView

from services.lineage import schemas, walking
from services.lineage.models import PASSAGE, Thing
from services.lineage.summary import summary
from services.lineage.walking import Thread
from shared.acts import caller, session
from shared.arguments import Blueprint
from shared.database import find
from shared.web import open_to

STAFF = ("lead", "facilitator", "editor")
CLIENT = ("coordinator", "designer", "admin")
EVERYBODY = ("participant", "supervisor", *CLIENT, *STAFF, "service")

threads = Blueprint("threads", __name__)


@threads.route("/threads/<uuid:thing_id>")
class OneThread(MethodView):
    @open_to(*EVERYBODY)
    @threads.arguments(schemas.Walk, location="query")
    @threads.response(200, schemas.TheThread)
    def get(self, walk, thing_id):
        """What a thing grew into and what it grew from."""
        thread = Thread(find(session(), Thing, thing_id))
        for forward in {"forward": [True], "back": [False], "both": [True, False]}[walk["direction"]]:
            thread.follow(session(), forward, walk["depth"])
        return shown(thread)


def shown(thread: Thread) -> dict:
    passages = [id for id, thing in thread.things.items() if thing.kind == PASSAGE] + [thread.start.id]
    places = walking.where_passages_stand(session(), passages)
    if not caller().is_any(*STAFF, *CLIENT):
        thread.only_what_readers_see(set(places))
    agreements = walking.agreements_on(session(), passages)

    def knot(thing: Thing) -> dict:
        known = {name: getattr(thing, name) for name in ("id", "kind", "detail", "stands", "readings")}
        teams = walking.number_of_teams(agreements.get(thing.id, set()))
        return known | {"number": places.get(thing.id), "teams": teams}

    things = sorted(thread.things.values(), key=lambda thing: thing.id)
    return {
        "start": knot(thread.start),
        "things": [knot(thing) for thing in things],
        "edges": sorted(thread.edges),
    }


@threads.route("/threads/lookup")
class ManyThreads(MethodView):
    @open_to(*EVERYBODY)
    @threads.arguments(schemas.Views)
    @threads.response(200, schemas.Threads)
    def post(self, wanted):
        """What became of these views."""
        found = walking.threads_of(session(), wanted["ids"])
        return {"threads": {str(id): became for id, became in found.items()}}


@threads.route("/runs/<uuid:run_id>/edges/summary")
class Summary(MethodView):
    @open_to(*STAFF, *CLIENT, "service")
    @threads.response(200, schemas.Summary)
    def get(self, run_id: UUID):
        """How whole the run's thread is."""
        return summary(session(), run_id)
