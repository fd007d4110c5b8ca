"""A hand is one sealed row, and after its key's day nothing of it is left."""

import logging
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update

from services.voting import ballots, hands
from services.voting.api import answering as api
from services.voting.models import Hand, Lying, Place, Seat, View
from services.voting.models.ballot import VotingHasClosed
from services.voting.models.counting import changes, count_votes, open_all
from services.voting.models.lying import this_slot
from services.voting.models.sealing import SIZES, destroy_key, make_key
from services.voting.took_part import who_voted
from shared.contracts.identity import KeyDestroyed
from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.voting import VotingEnded
from shared.database import worker_engine_of
from shared.privacy.rewriting import TIMER
from shared.problems import NobodyKnowsAnyMore
from shared.tenancy.sessions import acting_for
from tests.voting.conftest import Reading
from tests.voting.hands import cards_of, hold, statements

SEAL = 12 + 16
"""Bytes of nonce and tag."""


def ids(deck):
    return [card["view_id"] for card in deck["cards"]]


def key_dies(reading: Reading, purpose: str = "voting") -> None:
    reading.world.hear("voting", KeyDestroyed(run_id=reading.run, purpose=purpose))


# what it costs


def test_a_vote_asks_three_things_and_how_far_one_is_two(reading):
    kaisa = reading.reader()
    first, second, *_ = ids(kaisa.deal())
    kaisa.say(first, "agree")
    with statements() as of_a_vote:
        kaisa.say(second, "agree")
    with statements() as of_progress:
        kaisa.door.get(f"/runs/{reading.run}/progress")
    assert [len(only_questions(asked)) for asked in (of_a_vote, of_progress)] == [3, 2]


def test_a_deal_asks_no_more_than_when_each_card_was_a_row(reading):
    kaisa = reading.reader()
    kaisa.read()
    with statements() as of_a_deal:
        kaisa.deal(after=1)
    assert len(only_questions(of_a_deal)) <= 12  # 14 once


def test_the_count_of_each_minute_looks_through_no_views_until_five_have_come_anew(reading):
    for _ in range(5):
        reading.reader().read()
    with statements(worker_engine_of("voting")) as with_newcomers:
        reading.world.let_time_pass("voting")
    with statements(worker_engine_of("voting")) as without:
        reading.world.let_time_pass("voting")
    looks = [
        sum("SELECT view.theme_id, view.id" in line for line in asked) for asked in (with_newcomers, without)
    ]
    assert looks == [1, 0]


def only_questions(asked):
    return [line for line in asked if not line.startswith(("BEGIN", "COMMIT"))]


def test_the_same_answer_twice_is_written_once(reading, session_of):
    kaisa = reading.reader()
    view = ids(kaisa.deal())[0]
    for _ in range(2):
        assert kaisa.say(view, "agree").json["answered"] == 1
    with session_of("voting") as session:
        assert session.scalar(select(Hand.version).filter_by(run_id=reading.run)) == 2  # dealt, answered


# what the row tells


def test_nothing_of_what_a_hand_holds_can_be_read_in_its_row(reading, session_of):
    kaisa = reading.reader(unit="Etelä", site="Helsinki")
    views = kaisa.read()
    with session_of("voting") as session:
        row = session.scalar(text("SELECT hand::text FROM hand WHERE run_id = :run"), {"run": reading.run})
        (sealed,) = session.scalars(select(Hand.sealed).filter_by(run_id=reading.run))
    assert len(sealed) == SIZES[0] + SEAL
    for hidden in ("Etelä", "Helsinki", *views):
        assert hidden not in row and hidden.encode() not in sealed
    assert not any(UUID(view).bytes in sealed for view in views)


def test_a_hand_without_an_answer_is_as_long_as_one_with_many(reading, session_of):
    reading.reader().deal()
    reading.reader(unit="A unit with quite a long name").read(batches=5)
    with session_of("voting") as session:
        assert len(set(session.scalars(select(func.length(Hand.sealed)).filter_by(run_id=reading.run)))) == 1


def test_no_table_has_a_unit_a_site_or_a_single_answer(database, session_of):
    columns = text("""
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name ~ '(unit|site|answer|card|lies|counted$|stratum)'""")
    with acting_for(uuid4()), session_of("voting") as session:
        assert set(session.scalars(columns)) == {"ballot.voters_counted", "seat.stratum"}


# counting


def test_fewer_than_five_hands_wait_and_are_counted_at_closing(reading, session_of):
    for _ in range(4):
        reading.reader().read()
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 0
        assert not any(counters(reading, session))
    reading.end()
    with session_of("voting") as session:
        assert sum(counters(reading, session)) == 20


def counters(reading, session) -> list[int]:
    every = View.agrees + View.passes + View.disagrees
    return list(session.scalars(select(every).filter_by(run_id=reading.run).order_by(View.id)))


def test_the_last_count_believes_the_hands_and_says_so(reading, session_of, caplog):
    for _ in range(5):
        reading.reader().read(batches=6)
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        wrong = select(View.id).filter_by(run_id=reading.run).limit(2)
        session.execute(update(View).where(View.id.in_(wrong)).values(disagrees=7))
    with caplog.at_level(logging.ERROR):
        reading.end()
    assert [r.getMessage() for r in caplog.records if "hands are believed" in r.getMessage()] == [
        f"the counters of 2 views of run {reading.run} are not what its hands say; the hands are believed"
    ]
    with session_of("voting") as session:
        assert counters(reading, session) == [5] * 18
        assert not changes(open_all(reading.run, session))


def test_whoever_takes_everything_back_is_no_voter_any_more(reading, session_of):
    readers = [reading.reader() for _ in range(5)]
    read = [reader.read() for reader in readers]
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert ballots.of(session, reading.run).voters == 5
    for reader, views in zip(readers, read, strict=True):
        for view in views[: 5 if reader is not readers[0] else 1]:
            reader.take_back(view)
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert ballots.of(session, reading.run).voters == 1


# hearts


@pytest.fixture
def hearted(reading):
    """Kaisa has read four views and given her heart to the first."""
    kaisa = reading.reader()
    views = ids(kaisa.deal(themes=[str(reading.themes[0])]))
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[0]} for v in views[:4]))
    return reading, kaisa, views


def moderate(reading, view, decision):
    about = {"run_id": reading.run, "theme_id": reading.themes[0], "view_id": view}
    reading.world.hear("voting", ViewModerated(**about, decision=decision))


def hearts_of(kaisa, reading):
    return [card["view_id"] for card in kaisa.door.get(f"/runs/{reading.run}/hearted").json["cards"]]


def test_a_heart_is_on_its_view_again_when_that_stands_again(hearted):
    reading, kaisa, views = hearted
    moderate(reading, views[0], "rejected")
    assert (kaisa.deck()["hearts_given"], hearts_of(kaisa, reading)) == (0, [])
    moderate(reading, views[0], "accepted")
    assert (kaisa.deck()["hearts_given"], hearts_of(kaisa, reading)) == (1, [views[0]])


def test_the_latest_heart_falls_when_an_earlier_ones_view_stands_again(hearted, session_of):
    reading, kaisa, views = hearted
    moderate(reading, views[0], "rejected")
    assert kaisa.say(views[2], "agree", heart=True).json["hearts_given"] == 1
    moderate(reading, views[0], "accepted")
    assert (kaisa.deck()["hearts_given"], hearts_of(kaisa, reading)) == (1, [views[0]])
    reading.end()
    with session_of("voting") as session:
        hearts = dict(session.execute(select(View.id, View.hearts).filter_by(run_id=reading.run)).all())
    assert {str(view) for view, count in hearts.items() if count} == {views[0]}


# what lies before readers


def test_what_is_answered_and_counted_does_not_lie_any_more(reading, session_of):
    for _ in range(5):
        reading.reader().deal(themes=[str(reading.themes[1])])
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) == 25
    for _ in range(5):
        reading.reader().read(themes=[str(reading.themes[1])])
    with session_of("voting") as session:
        assert count_votes(reading.run, session) == 5
        assert session.scalar(lying(reading)) == 25


def lying(reading):
    return select(func.sum(Lying.count)).filter_by(run_id=reading.run)


def test_the_table_is_emptied_once_something_has_lain_too_long(reading, world, session_of):
    reading.reader().deal()
    world.let_time_pass("voting")
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) == 5
        session.execute(update(Lying).values(slot=this_slot() - 4))
    assert len(set(ids(reading.reader().deal()))) == 5
    world.let_time_pass("voting")
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) is None


def test_nothing_lies_before_anybody_once_reading_has_ended(reading, session_of):
    reading.reader().deal()
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) == 5
    reading.end()
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) is None


def test_what_was_refused_does_not_lie_before_anybody(reading, session_of, monkeypatch):
    """The cards were dealt already, and the request is refused after all: they come back with it."""
    refused = []

    def refuse(*of_the_deal):
        refused.append(of_the_deal)
        raise VotingHasClosed

    kaisa = reading.reader()
    with monkeypatch.context() as at_the_end:
        at_the_end.setattr(api, "deck_of", refuse)
        assert kaisa.door.post(f"/runs/{reading.run}/deck", json={"after": 0}).status_code == 409
    assert len(refused[0][1].new_cards) == 5
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) is None
    kaisa.deal()
    with session_of("voting") as session:
        assert session.scalar(lying(reading)) == 5


# the key's day


@pytest.fixture
def read(reading, without_chance):
    """Twelve of the south and twelve of the east have read everything, and it is counted."""
    for unit in ("Etelä", "Itä"):
        reading.have_read(8, unit=unit)
        reading.have_read(4, lambda view: "pass", unit=unit)
    return reading.end()


def results(reading):
    ranking = reading.staff().get(f"/runs/{reading.run}/ranking").json
    return ranking, reading.staff().get(f"/runs/{reading.run}/seats").json


def test_results_stay_as_they_are_and_the_hands_are_gone(read, world, session_of):
    before = results(read)
    with session_of("voting") as session:
        reader = session.scalars(select(Hand.participant).filter_by(run_id=read.run)).first()
        assert who_voted(read.run, {reader}, session) == {reader}
    assert {len(theme["places"]) for theme in before[0]["themes"]} == {12, 6} and before[1]["seats"]
    key_dies(read)
    assert results(read) == before
    with session_of("voting") as session:
        assert session.scalar(select(func.count()).select_from(Hand).filter_by(run_id=read.run)) == 0
        assert not any(counters(read, session))
        with pytest.raises(NobodyKnowsAnyMore):
            who_voted(read.run, {reader}, session)
        assert session.scalar(text("SELECT count(*) FROM timer WHERE name = :name"), {"name": TIMER}) == 1
    assert read.release().status_code == 204
    world.let_time_pass("voting")
    assert results(read)[0]["themes"] == before[0]["themes"]


def test_the_number_of_questions_is_fixed_from_then_on_and_it_is_said(read):
    key_dies(read)
    refused = read.staff().patch(f"/runs/{read.run}/ballot", json={"questions": 4})
    assert (refused.status_code, refused.json["code"]) == (409, "answers-are-gone")
    assert len(results(read)[1]["seats"]) == 12
    assert (
        read.staff().patch(f"/runs/{read.run}/ballot", json={"goal": 30, "questions": 12}).status_code == 200
    )


def test_a_view_withdrawn_after_it_leaves_its_own_place_and_seat_alone(read, world, session_of):
    key_dies(read)
    before = results(read)
    gone = before[1]["seats"][0]
    world.hear("voting", ViewWithdrawn(run_id=read.run, theme_id=gone["theme_id"], view_id=gone["view_id"]))
    ranking, seats = results(read)
    stay = {p["view_id"] for t in before[0]["themes"] for p in t["places"]} - {gone["view_id"]}
    assert {p["view_id"] for t in ranking["themes"] for p in t["places"]} == stay
    assert [s for s in before[1]["seats"] if s != gone] == seats["seats"]
    with session_of("voting") as session:
        for row in (Place, Seat):
            assert not session.scalars(select(row).filter_by(view_id=UUID(gone["view_id"]))).all()


def test_reading_that_opens_again_after_it_stays_closed_and_says_why(read):
    key_dies(read)
    read.open()
    kaisa = read.reader()
    refused = kaisa.door.post(f"/runs/{read.run}/deck", json={"after": 0})
    assert (refused.status_code, refused.json["code"]) == (409, "answers-are-gone")
    assert kaisa.deck()["state"] == "counted" and len(results(read)[0]["themes"]) == 2


def test_what_is_not_counted_yet_is_counted_before_the_key_dies(reading, world, told, session_of):
    """A run that is completed while colleagues read: identity has destroyed its key already."""
    for _ in range(6):
        reading.reader().read(batches=6)
    key_dies(reading)
    with session_of("voting") as session:
        assert len(open_all(reading.run, session)) == 6
    for _ in range(3):
        world.let_time_pass("voting")
    (ended,) = told("voting", VotingEnded)
    assert (ended.voters, ended.votes) == (6, 6 * 18)
    assert {p["answers"] for t in results(reading)[0]["themes"] for p in t["places"]} != {0}
    with session_of("voting") as session:
        assert ballots.of(session, reading.run).forgotten
        assert session.scalar(select(func.count()).select_from(Hand).filter_by(run_id=reading.run)) == 0


def test_whoever_was_cut_off_after_destroying_the_key_has_it_ended_by_the_next(read, session_of):
    before = results(read)
    with session_of("voting") as session:
        destroy_key(read.run, session)
    with session_of("voting") as session:
        participant = session.scalars(select(Hand.participant).filter_by(run_id=read.run)).first()
        with pytest.raises(NobodyKnowsAnyMore):
            who_voted(read.run, {participant}, session)
    kaisa = read.reader(subject=participant)
    assert kaisa.deck()["answered"] == 0
    assert kaisa.say(str(uuid4()), "agree").json["code"] == "voting-has-closed"
    assert results(read) == before
    key_dies(read)
    with session_of("voting") as session:
        assert session.scalar(select(func.count()).select_from(Hand).filter_by(run_id=read.run)) == 0
    assert results(read) == before


def test_a_key_that_dies_in_the_middle_of_a_deal_is_told_like_one_that_is_dead(
    reading, session_of, monkeypatch
):
    dealt_to = hands.dealt_to

    def and_then_it_dies(*about):
        hand = dealt_to(*about)
        with session_of("voting") as session:
            destroy_key(reading.run, session)
        return hand

    monkeypatch.setattr(hands, "dealt_to", and_then_it_dies)
    refused = reading.reader().door.post(f"/runs/{reading.run}/deck", json={"after": 0})
    assert (refused.status_code, refused.json["code"]) == (409, "voting-has-closed")


def test_a_database_of_before_beside_a_dead_key_ends_by_itself(reading, world, session_of, without_chance):
    """A backup was brought back, and with it a ballot that is open; the ledger knows that its key is dead."""
    for _ in range(5):
        reading.reader().read(batches=6)
    world.let_time_pass("voting")
    with session_of("voting") as session:
        subject = session.scalars(select(Hand.participant).filter_by(run_id=reading.run)).first()
        destroy_key(reading.run, session)
    for somebody in (reading.reader(subject=subject), reading.reader()):
        assert somebody.deck()["answered"] == 0
        refused = somebody.door.post(f"/runs/{reading.run}/deck", json={"after": 0})
        assert (refused.status_code, refused.json["code"]) == (409, "voting-has-closed")
    for _ in range(4):
        world.let_time_pass("voting")
    ranking, seats = results(reading)
    assert (ranking["state"], ranking["voters"], seats["seats"]) == ("counted", 5, [])
    assert all(p["groups"] == [] and p["answers"] for t in ranking["themes"] for p in t["places"])
    with session_of("voting") as session:
        assert ballots.of(session, reading.run).forgotten


def test_another_purposes_key_is_none_of_ours_and_another_runs_neither(read, world, session_of):
    other = Reading(world).plan()
    with session_of("voting") as session:
        hold(other.run, session, {})
    key_dies(read, "survey")
    world.hear("voting", KeyDestroyed(run_id=uuid4(), purpose="voting"))
    with session_of("voting") as session:
        assert len(open_all(read.run, session)) == 24 and len(open_all(other.run, session)) == 1
        assert len(cards_of(read.run, session)) == 24 * 18


def test_a_replayed_plan_makes_no_key_for_what_is_forgotten(read, session_of):
    key_dies(read)
    read.plan()
    with session_of("voting") as session:
        make_key(read.run, session)
    assert read.open().reader().deck()["state"] == "counted"


def test_the_floor_is_all_that_is_kept_of_single_views_once_counted(read, session_of):
    with session_of("voting") as session:
        floor = ballots.of(session, read.run).floor
        assert set(session.scalars(select(View.readings_shown).filter_by(run_id=read.run))) == {floor}
    ballot = read.staff().get(f"/runs/{read.run}/ballot").json
    assert [theme["readings"] for theme in ballot["themes"]] in ([24 * 12, 24 * 6], [24 * 6, 24 * 12])
