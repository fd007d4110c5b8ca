"""A colleague reads and prioritises."""

import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from services.voting.models import Lying, Place, View
from services.voting.models.counting import open_all
from services.voting.models.lying import this_slot
from shared.contracts.process import PhaseClosed, PhaseMoved, PhaseOpened
from shared.contracts.survey import ViewModerated, ViewRevised, ViewWithdrawn
from tests.voting.conftest import Reading


def ids(deck):
    return [card["view_id"] for card in deck["cards"]]


def test_five_views_of_one_theme_are_dealt(reading):
    deck = reading.reader().deal()
    assert len(set(ids(deck))) == 5
    assert len({card["theme_id"] for card in deck["cards"]}) == 1
    assert {card["answer"] for card in deck["cards"]} == {None}


def test_nobody_is_dealt_a_view_twice(reading):
    kaisa = reading.reader()
    read = kaisa.read(batches=6)
    assert len(read) == len(set(read)) == 18
    assert kaisa.deal(after=kaisa.deck()["batches"])["cards"] == []


def test_an_own_view_is_never_dealt(reading):
    mine = reading.share(3)
    assert not set(map(str, mine)) & set(reading.reader().read(batches=6, own_views=[str(v) for v in mine]))


def test_asking_twice_for_the_same_batch_deals_once(reading):
    kaisa = reading.reader()
    first, again = kaisa.deal(after=0), kaisa.deal(after=0)
    assert ids(first) == ids(again)
    assert again["batches"] == 1


def test_the_next_five_come_from_the_theme_that_i_have_read_least(reading):
    kaisa = reading.reader()
    themes = [kaisa.deal(after=n)["cards"][0]["theme_id"] for n in range(2)]
    assert len(set(themes)) == 2


def test_i_may_choose_the_theme(reading):
    deck = reading.reader().deal(themes=[str(reading.themes[1])])
    assert {card["theme_id"] for card in deck["cards"]} == {str(reading.themes[1])}


def test_i_read_the_languages_that_i_chose(reading):
    swedish = reading.share(2, language="sv")
    anna = reading.reader()
    assert set(ids(anna.deal(languages=["sv"]))) == set(map(str, swedish))
    assert anna.deck()["reads"] == ["sv"]
    assert len(ids(anna.deal(after=1, languages=[]))) == 5


def test_a_theme_that_i_may_not_read_yet_is_not_dealt(reading):
    read = reading.reader().read(batches=6, themes=[str(reading.themes[0])])
    assert len(read) == 12


def test_i_find_the_views_that_i_gave_a_heart(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[2]} for v in views))
    hearted = kaisa.door.get(f"/runs/{reading.run}/hearted").json["cards"]
    assert [(card["view_id"], card["batch"]) for card in hearted] == [(views[2], 1)]
    assert reading.reader().door.get(f"/runs/{reading.run}/hearted").json["cards"] == []


def test_a_late_view_is_dealt_first(reading):
    for _ in range(3):
        reading.reader().read(batches=4)
    (late,) = reading.share(1)
    assert str(late) in ids(reading.reader().deal(themes=[str(reading.themes[0])]))


def test_views_that_lie_before_others_make_room(reading):
    dealt = [frozenset(ids(reading.reader().deal(themes=[str(reading.themes[0])]))) for _ in range(2)]
    assert not dealt[0] & dealt[1]


def test_answers_are_kept_and_shown_again(reading):
    kaisa = reading.reader()
    first, second, *_ = ids(kaisa.deal())
    assert (
        kaisa.answer({"view_id": first, "answer": "agree"}, {"view_id": second, "answer": "pass"}).status_code
        == 200
    )
    shown = {card["view_id"]: card["answer"] for card in kaisa.deck()["cards"]}
    assert (shown[first], shown[second]) == ("agree", "pass")
    assert kaisa.deck()["answered"] == 2


@pytest.mark.usefixtures("without_chance")
def test_the_last_answer_counts(reading, session_of):
    """Beside four colleagues': what fewer than five people answered to a view is not shown."""
    six = {"themes": [str(reading.themes[1])]}
    for _ in range(4):
        reading.reader().read(2, **six)
    kaisa = reading.reader()
    view = ids(kaisa.deal(**six))[0]
    for answer in ("agree", "disagree", "agree", "disagree"):
        kaisa.say(view, answer)
    assert kaisa.deck()["answered"] == 1
    reading.end()
    with session_of("voting") as session:
        place = session.scalars(select(Place).filter_by(view_id=UUID(view))).one()
        assert (place.agrees, place.disagrees, place.answers) == (4, 1, 5)


def ranking(reading, door=None):
    return (door or reading.staff()).get(f"/runs/{reading.run}/ranking").json


def test_every_four_views_read_bring_a_heart(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    for view in views[:3]:
        assert kaisa.say(view, "agree").json["hearts_left"] == 0
    refused = kaisa.say(views[2], "agree", heart=True)
    assert (refused.status_code, refused.json["code"]) == (409, "no-hearts-left")
    assert kaisa.say(views[3], "agree", heart=True).json["hearts_left"] == 0
    assert kaisa.say(views[4], "agree", heart=True).status_code == 409


def test_a_refused_page_of_answers_changes_nothing(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    assert kaisa.answer(*({"view_id": v, "answer": "agree", "heart": True} for v in views)).status_code == 409
    assert {card["answer"] for card in kaisa.deck()["cards"]} == {None}


def test_a_heart_moves_in_one_step(reading):
    kaisa = reading.reader()
    a, b, c, d, _ = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == a} for v in (a, b, c, d)))
    moved = kaisa.answer(
        {"view_id": a, "answer": "agree", "heart": False}, {"view_id": d, "answer": "agree", "heart": True}
    )
    assert (moved.status_code, moved.json["hearts_given"]) == (200, 1)


def test_an_answer_alone_leaves_the_heart_where_it_is(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[0]} for v in views[:4]))
    kaisa.answer({"view_id": views[0], "answer": "disagree"})
    assert kaisa.deck()["hearts_given"] == 1


def test_undo_takes_the_answer_back_and_its_heart(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[0]} for v in views[:4]))
    undone = kaisa.take_back(views[0]).json
    assert (undone["answered"], undone["hearts_given"]) == (3, 0)


def test_an_answer_that_earned_a_given_heart_is_not_undone_before_it(reading):
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[0]} for v in views[:4]))
    assert kaisa.take_back(views[1]).json["code"] == "heart-rests-on-this"
    assert kaisa.deck()["answered"] == 4


def test_undo_twice_is_undo_once(reading):
    kaisa = reading.reader()
    view = ids(kaisa.deal())[0]
    kaisa.say(view, "agree")
    kaisa.take_back(view)
    assert kaisa.take_back(view).json["answered"] == 0


def test_only_what_was_dealt_can_be_answered(reading):
    kaisa, jussi = reading.reader(), reading.reader()
    others = ids(jussi.deal())[0]
    kaisa.deal(themes=[str(reading.themes[1])])
    assert kaisa.say(others, "agree").status_code == 404 or others in ids(kaisa.deck())
    assert kaisa.say(str(uuid4()), "agree").status_code == 404
    assert reading.reader().say(others, "agree").status_code == 404


def test_without_hearts_none_can_be_given(reading):
    reading.staff().patch(f"/runs/{reading.run}/ballot", json={"with_hearts": False})
    kaisa = reading.reader()
    views = ids(kaisa.deal())
    kaisa.answer(*({"view_id": v, "answer": "agree"} for v in views[:4]))
    assert kaisa.say(views[0], "agree", heart=True).json["code"] == "hearts-are-not-used"
    assert kaisa.deck()["hearts_left"] == 0


def test_nobody_reads_before_it_opens(world, avi):
    reading = Reading(world).plan()
    reading.share(5)
    kaisa = reading.reader()
    assert kaisa.door.get(f"/runs/{reading.run}/progress").json["state"] == "coming"
    refused = kaisa.door.post(f"/runs/{reading.run}/deck", json={"after": 0})
    assert refused.json["code"] == "voting-has-not-opened"


def test_nobody_votes_after_closing(reading):
    kaisa = reading.reader()
    view = ids(kaisa.deal())[0]
    reading.close()
    assert kaisa.say(view, "agree").json["code"] == "voting-has-closed"
    assert kaisa.take_back(view).json["code"] == "voting-has-closed"
    assert kaisa.door.post(f"/runs/{reading.run}/deck", json={"after": 1}).json["code"] == "voting-has-closed"


def test_reading_goes_on_when_the_next_phase_goes_on_with_it(reading, world):
    phase = {"run_id": reading.run, "phase": "read", "activities": ["give_views", "prioritise"]}
    world.hear("voting", PhaseClosed(**phase, goes_on=["prioritise"]))
    assert reading.reader().deck()["state"] == "open"


def test_a_phase_closed_too_early_can_be_opened_again(reading):
    kaisa = reading.reader()
    view = ids(kaisa.deal())[0]
    reading.end().open()
    assert kaisa.say(view, "agree").status_code == 200


def test_a_moved_date_is_told_to_readers(reading, world):
    later = datetime(2027, 5, 1, 12, tzinfo=UTC)
    world.hear("voting", PhaseMoved(run_id=reading.run, phase="read", closes_at=later))
    assert datetime.fromisoformat(reading.reader().deck()["closes_at"]) == later
    world.hear("voting", PhaseMoved(run_id=reading.run, phase="another", closes_at=None))
    assert reading.reader().deck()["closes_at"] is not None


def test_other_phases_do_not_touch_reading(reading, world):
    world.hear("voting", PhaseOpened(run_id=reading.run, phase="board", activities=["board"]))
    world.hear("voting", PhaseClosed(run_id=reading.run, phase="board", activities=["board"]))
    assert reading.reader().deck()["state"] == "open"


def test_late_in_the_run_views_below_the_promised_floor_come_first(reading, world, session_of):
    (unloved,) = reading.share(1)
    with session_of("voting") as session:
        session.execute(update(View).filter_by(run_id=reading.run).values(agrees=4))
        session.execute(update(View).filter_by(id=unloved).values(agrees=0, disagrees=2))
    theme = str(reading.themes[0])
    assert str(unloved) not in ids(reading.reader().deal(themes=[theme]))
    world.hear("voting", PhaseMoved(run_id=reading.run, phase="read", closes_at=datetime.now(UTC)))
    assert str(unloved) in ids(reading.reader().deal(themes=[theme]))


@pytest.mark.parametrize("gone", ["withdrawn", "rejected"])
def test_a_view_that_stands_no_more_is_neither_dealt_nor_shown(reading, world, gone):
    kaisa = reading.reader()
    view = ids(kaisa.deal(themes=[str(reading.themes[0])]))[0]
    disappear(reading, world, view, gone)
    assert view not in ids(kaisa.deck())
    assert view not in reading.reader().read(batches=6)


def disappear(reading, world, view, how):
    about = {"run_id": reading.run, "theme_id": reading.themes[0], "view_id": view}
    event = ViewWithdrawn(**about) if how == "withdrawn" else ViewModerated(**about, decision="rejected")
    world.hear("voting", event)


def test_hearts_on_a_view_that_is_gone_come_back(reading, world):
    kaisa = reading.reader()
    views = ids(kaisa.deal(themes=[str(reading.themes[0])]))
    kaisa.answer(*({"view_id": v, "answer": "agree", "heart": v == views[0]} for v in views[:4]))
    disappear(reading, world, views[0], "withdrawn")
    progress = kaisa.deck()
    assert (progress["hearts_given"], progress["hearts_left"]) == (0, 1)


def test_a_moderator_may_think_better_of_it_but_a_withdrawn_view_stays_away(reading, world):
    first, second = (str(v) for v in reading.share(2))
    for view, how in ((first, "rejected"), (second, "withdrawn")):
        disappear(reading, world, view, how)
        about = {"run_id": reading.run, "theme_id": reading.themes[0], "view_id": view}
        world.hear("voting", ViewModerated(**about, decision="accepted"))
    read = reading.reader().read(batches=6)
    assert first in read
    assert second not in read


def test_a_view_in_another_language_now_reaches_its_readers(reading, world):
    (view,) = reading.share(1)
    about = {"run_id": reading.run, "theme_id": reading.themes[0], "view_id": view}
    world.hear("voting", ViewRevised(**about, language="sv"))
    assert ids(reading.reader().deal(languages=["sv"])) == [str(view)]


def test_where_a_reader_belongs_is_written_down_once(reading, session_of):
    subject = uuid4()
    reading.reader(subject=subject, unit="Etelä", site="Helsinki").deal()
    reading.reader(subject=subject, unit="Itä", site="Kuopio").deal(after=1)
    with session_of("voting") as session:
        (hand,) = open_all(reading.run, session)
    assert (hand.participant, hand.held.unit, hand.held.site) == (subject, "Etelä", "Helsinki")


def test_no_row_tells_the_minute_of_an_answer(reading, session_of):
    kaisa = reading.reader()
    kaisa.say(ids(kaisa.deal())[0], "agree")
    with session_of("voting") as session:
        columns = dict(session.execute(text(COLUMNS)).all())
        slots = set(session.scalars(select(Lying.slot).filter_by(run_id=reading.run)))
    assert columns == {
        "tenant_id": "uuid",
        "run_id": "uuid",
        "participant": "uuid",
        "version": "integer",
        "dirty": "boolean",
        "sealed": "bytea",
    }
    assert slots <= {this_slot(), this_slot() - 1} and this_slot() == int(time.time()) // 600


COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'hand'"""


def test_bad_input_is_refused_with_a_sentence(reading):
    kaisa = reading.reader()
    view = ids(kaisa.deal())[0]
    assert kaisa.say(view, "love").status_code == 422
    assert kaisa.answer().status_code == 422
    assert kaisa.door.post(f"/runs/{reading.run}/deck", json={"after": -1}).status_code == 422
    assert kaisa.door.post(f"/runs/{reading.run}/deck", data=b"{").status_code in (400, 422)


def test_a_pseudonym_is_good_for_its_own_run_only(reading, world):
    elsewhere = world.door("voting").as_("participant", run_id=uuid4())
    for path in ("progress", "deck"):
        assert elsewhere.get(f"/runs/{reading.run}/{path}").status_code == 403


def test_pekka_from_another_organisation_finds_nothing(reading, world):
    pekka = world.door("voting").of(world.kela).as_("participant", "coordinator", "lead", run_id=reading.run)
    pekka.who = type(pekka.who)(**{**vars(pekka.who), "tenant": world.kela})
    for path in ("progress", "deck", "ballot", "ranking", "seats"):
        assert pekka.get(f"/runs/{reading.run}/{path}").status_code == 404, path
    assert pekka.post(f"/runs/{reading.run}/deck", json={"after": 0}).status_code == 404
    assert pekka.post(f"/runs/{reading.run}/release").status_code == 404
