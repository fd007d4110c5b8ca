"""A reader's deck: cards dealt, answered and taken back."""

from uuid import UUID

from msgspec.structs import asdict

from services.voting import ballots, hands
from services.voting.models.counting import count_before_a_deal
from services.voting.models.hand import Answer
from services.voting.models.lying import lay_before_a_reader
from services.voting.overview import deck_of, hearted_by, progress_of
from shared.contracts.api import voting as shapes
from shared.contracts.api.voting import Voting
from shared.problems import NotAllowed
from shared.web.acts import caller, once_committed, session
from shared.web.arguments import Blueprint
from shared.web.limits import paced
from shared.web.serving import serves

decks = Blueprint("decks", __name__, description="Views dealt to one reader, and the answers")

at_a_readers_pace = paced(burst=150, seconds=0.5)


def reader_of(run_id: UUID) -> UUID:
    """The caller's pseudonym, which is good for one run only."""
    if caller().run_id != run_id:
        raise NotAllowed
    return caller().subject


@serves(decks, Voting.progress)
def progress(run_id: UUID) -> shapes.Progress:
    return progress_of(
        ballots.as_it_stands(session(), run_id), hands.of(session(), reader_of(run_id), run_id)
    )


@serves(decks, Voting.deck)
def deck(run_id: UUID, batch: int | None = None) -> shapes.Deck:
    hand = hands.of(session(), reader_of(run_id), run_id)
    return deck_of(ballots.as_it_stands(session(), run_id), hand, session(), batch)


@serves(decks, Voting.deal)
def deal(run_id: UUID, wish: shapes.Wish) -> shapes.Deck:
    reader = reader_of(run_id)
    ballot = ballots.open_now(session(), run_id)
    hand = hands.dealt_to(session(), reader, run_id, caller().unit, caller().site)
    count_before_a_deal(run_id, reader, session())
    batch = hand.deal(session(), **asdict(wish))
    if new := hand.new_cards:
        once_committed(lambda session: lay_before_a_reader(run_id, new, session))
    return deck_of(ballot, hand, session(), batch)


@serves(decks, Voting.hearted)
def hearted(run_id: UUID) -> shapes.Hearted:
    return shapes.Hearted(cards=hearted_by(hands.of(session(), reader_of(run_id), run_id), session()))


@serves(decks, Voting.answer)
@at_a_readers_pace
def answer(run_id: UUID, given: shapes.Answers) -> shapes.Progress:
    hand = hands.held(session(), reader_of(run_id), run_id)
    answers = [Answer(one.view_id, one.answer, one.heart) for one in given.answers]
    return progress_of(hand.answer(answers, session()), hand)


@serves(decks, Voting.answer_one)
@at_a_readers_pace
def answer_one(run_id: UUID, view_id: UUID, given: shapes.AnswerGiven) -> shapes.Progress:
    hand = hands.held(session(), reader_of(run_id), run_id)
    return progress_of(hand.answer([Answer(view_id, given.answer, given.heart)], session()), hand)


@serves(decks, Voting.take_back)
@at_a_readers_pace
def take_back(run_id: UUID, view_id: UUID) -> shapes.Progress:
    hand = hands.held(session(), reader_of(run_id), run_id)
    return progress_of(hand.take_back(view_id, session()), hand)
