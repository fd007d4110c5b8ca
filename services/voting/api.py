"""Voting over HTTP: the reader's deck, the staff's ballot, everybody's results."""

from uuid import UUID

from flask import g
from flask.views import MethodView

from services.voting.models import Ballot, Hand, Seat
from services.voting.models.ballot import NotReleased
from services.voting.models.counting import count_before_a_deal
from services.voting.models.hand import Answer
from services.voting.models.lying import lay_before_a_reader
from services.voting.models.result import propose_seats_again, release
from services.voting.overview import deck_of, hearted_by, progress_of, ranking_of, readings_of
from services.voting.schemas import (
    AnswerSchema,
    AnswersSchema,
    BatchArguments,
    DealSchema,
    DeckSchema,
    HeartedSchema,
    PlacesArguments,
    ProgressSchema,
    RankingSchema,
    ReadingsSchema,
    SeatsSchema,
    TermsSchema,
)
from shared.arguments import Blueprint
from shared.edit_conflicts import merged
from shared.limits import paced
from shared.problems import NotAllowed
from shared.web import CLIENT_SIDE, STAFF, caller, once_committed, open_to

decks = Blueprint(
    "decks", __name__, url_prefix="/runs", description="Views dealt to one reader, and the answers"
)
ballots = Blueprint("ballots", __name__, url_prefix="/runs", description="How far the views have been read")
results = Blueprint(
    "results", __name__, url_prefix="/runs", description="The ranking and the proposed questions"
)

at_a_readers_pace = paced(burst=150, seconds=0.5)


def reader_of(run_id: UUID) -> UUID:
    """The caller's pseudonym, which is good for one run only."""
    if caller().run_id != run_id:
        raise NotAllowed
    return caller().subject


@decks.route("/<uuid:run_id>/progress")
class Progress(MethodView):
    @decks.response(200, ProgressSchema)
    @open_to("participant")
    def get(self, run_id):
        """How far I am: answered, hearts, and until when reading is open."""
        return progress_of(Ballot.of(run_id, g.session), Hand.of(reader_of(run_id), run_id, g.session))


@decks.route("/<uuid:run_id>/deck")
class Deck(MethodView):
    @decks.arguments(BatchArguments, location="query")
    @decks.response(200, DeckSchema)
    @open_to("participant")
    def get(self, which, run_id):
        """The cards that lie before me: the latest batch, or an earlier one."""
        hand = Hand.of(reader_of(run_id), run_id, g.session)
        return deck_of(Ballot.of(run_id, g.session), hand, g.session, which["batch"])

    @decks.arguments(DealSchema)
    @decks.response(200, DeckSchema)
    @open_to("participant")
    def post(self, wish, run_id):
        """Deal me the batch after the one I have; the same request again deals nothing more."""
        reader = reader_of(run_id)
        ballot = Ballot.open_for(run_id, g.session)
        hand = Hand.dealt_to(reader, run_id, caller().unit, caller().site, g.session)
        count_before_a_deal(run_id, reader, g.session)
        batch = hand.deal(g.session, **wish)
        if new := hand.new_cards:
            once_committed(lambda session: lay_before_a_reader(run_id, new, session))
        return deck_of(ballot, hand, g.session, batch)


@decks.route("/<uuid:run_id>/hearted")
class Hearted(MethodView):
    @decks.response(200, HeartedSchema)
    @open_to("participant")
    def get(self, run_id):
        """The views that I gave a heart."""
        return {"cards": hearted_by(Hand.of(reader_of(run_id), run_id, g.session), g.session)}


@decks.route("/<uuid:run_id>/answers")
class Answers(MethodView):
    @decks.arguments(AnswersSchema)
    @decks.response(200, ProgressSchema)
    @open_to("participant")
    @at_a_readers_pace
    def post(self, given, run_id):
        """Answer several cards at once: all of them, or none when one is refused."""
        hand = Hand.held_by(reader_of(run_id), run_id, g.session)
        return progress_of(hand.answer(given["answers"], g.session), hand)


@decks.route("/<uuid:run_id>/answers/<uuid:view_id>")
class OneAnswer(MethodView):
    @decks.arguments(AnswerSchema)
    @decks.response(200, ProgressSchema)
    @open_to("participant")
    @at_a_readers_pace
    def put(self, given, run_id, view_id):
        """Answer one card, or answer it anew."""
        hand = Hand.held_by(reader_of(run_id), run_id, g.session)
        return progress_of(hand.answer([Answer(view_id, **given)], g.session), hand)

    @decks.response(200, ProgressSchema)
    @open_to("participant")
    @at_a_readers_pace
    def delete(self, run_id, view_id):
        """Take an answer back, and its heart with it."""
        hand = Hand.held_by(reader_of(run_id), run_id, g.session)
        return progress_of(hand.take_back(view_id, g.session), hand)


@ballots.route("/<uuid:run_id>/ballot")
class BallotOfRun(MethodView):
    @ballots.response(200, ReadingsSchema)
    @open_to(*STAFF, *CLIENT_SIDE)
    def get(self, run_id):
        """How far the views have been read, against the promised floor."""
        return readings_of(Ballot.of(run_id, g.session), g.session)

    @ballots.arguments(TermsSchema)
    @ballots.response(200, ReadingsSchema)
    @open_to("lead", "facilitator")
    def patch(self, terms, run_id):
        """Set the goal, the hearts, the number of questions and, until reading opens, how seats are given."""
        ballot = Ballot.held(run_id, g.session)
        seats_rest_on = ballot.questions, ballot.with_hearts
        ballot.agree_on(**merged(terms, TermsSchema, ballot))
        if ballot.state == "counted" and seats_rest_on != (ballot.questions, ballot.with_hearts):
            propose_seats_again(ballot, g.session)
        return readings_of(ballot, g.session)


@results.route("/<uuid:run_id>/ranking")
class Ranking(MethodView):
    @results.arguments(PlacesArguments, location="query")
    @results.response(200, RankingSchema)
    @open_to("participant", *STAFF, *CLIENT_SIDE)
    def get(self, part, run_id):
        """The order of the views with its uncertainty: for staff when counted, for everybody when released."""
        ballot = Ballot.of(run_id, g.session)
        if not caller().is_any(*STAFF) and not ballot.released:
            raise NotReleased
        ballot.must_be_counted()
        return ranking_of(ballot, g.session, **part)


@results.route("/<uuid:run_id>/seats")
class Seats(MethodView):
    @results.response(200, SeatsSchema)
    @open_to(*STAFF)
    def get(self, run_id):
        """The views that the groups propose as questions."""
        ballot = Ballot.of(run_id, g.session)
        ballot.must_be_counted()
        terms = {"state": ballot.state, "questions": ballot.questions, "seats_by": ballot.seats_by}
        return terms | {"seats": Seat.in_order(run_id, g.session), "joined": ballot.joined}


@results.route("/<uuid:run_id>/release")
class ReleaseOfRun(MethodView):
    @results.response(204)
    @open_to("lead", "facilitator")
    def post(self, run_id):
        """Make the results known to everybody, and hand the proposed questions to the workshops."""
        release(Ballot.held(run_id, g.session), caller().subject, g.session)
