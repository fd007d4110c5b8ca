"""What came of the reading: hidden, counted, released."""

from itertools import groupby
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from services.voting.models import Place
from shared.contracts.identity import TurnoutKnown
from shared.contracts.survey import ViewWithdrawn
from shared.contracts.voting import (
    FloorReached,
    RankingContinued,
    RankingReleased,
    TallyRefreshed,
    VotingEnded,
)
from shared.database import worker_engine_of
from tests.voting.conftest import Reading

pytestmark = pytest.mark.usefixtures("without_chance")


@pytest.fixture
def read(reading) -> Reading:
    """Everybody has read everything: twelve of the south agree with all, twelve of the east with the odd ones."""
    reading.have_read(12, unit="Etelä", site="Helsinki")
    reading.have_read(12, lambda view: "agree" if view.int % 2 else "disagree", unit="Itä", site="Helsinki")
    return reading


@pytest.fixture
def read_at_the_door(reading) -> Reading:
    """The same, batch by batch."""
    for n in range(24):
        kaisa = reading.reader(unit="Etelä" if n % 2 else "Itä", site="Helsinki")
        for batch in range(5):
            views = [card["view_id"] for card in kaisa.deal(after=batch)["cards"]]
            liked = [n % 2 or int(UUID(view)) % 2 for view in views]
            answers = [
                {"view_id": v, "answer": "agree" if like else "disagree"}
                for v, like in zip(views, liked, strict=True)
            ]
            assert kaisa.answer(*answers).status_code == 200
    return reading


def ranking(reading, door=None):
    return (door or reading.staff()).get(f"/runs/{reading.run}/ranking")


def test_results_are_hidden_until_they_are_released(read):
    kaisa = read.reader().door
    for everybody in (kaisa, read.staff("coordinator")):
        assert ranking(read, everybody).json["code"] == "not-released"
    assert ranking(read).json["code"] == "still-voting"
    read.end()
    assert ranking(read).status_code == 200
    assert ranking(read, kaisa).json["code"] == "not-released"
    assert read.release().status_code == 204
    assert ranking(read, kaisa).status_code == 200


def test_before_the_last_answers_are_counted_nobody_sees_anything(reading):
    reading.close()
    assert ranking(reading).json["code"] == "still-counting"
    assert reading.release().json["code"] == "still-counting"


def test_results_are_released_once(reading, told):
    reading.end().release()
    assert reading.release().json["code"] == "already-released"
    assert len(told("voting", RankingReleased)) == len(reading.themes)


@pytest.mark.parametrize("role", ["participant", "coordinator", "editor"])
def test_only_the_leading_consultants_release(reading, role):
    reading.end()
    assert reading.staff(role).post(f"/runs/{reading.run}/release").status_code == 403


def test_the_ranking_tells_shares_intervals_and_ties(read):
    read.end()
    for theme in ranking(read).json["themes"]:
        places = theme["places"]
        assert [p["place"] for p in places] == sorted(p["place"] for p in places)
        assert all(p["agree_low"] < p["agree"] < p["agree_high"] for p in places)
        assert all(p["place_best"] <= p["place"] <= p["place_worst"] for p in places)
        level = [list(same) for _, same in groupby(places, key=lambda p: (p["agrees"], p["hearts"]))]
        assert all(len({p["place"] for p in same}) == 1 for same in level)


def test_every_answer_is_counted_once(read_at_the_door, told, session_of):
    read_at_the_door.end()
    (ended,) = told("voting", VotingEnded)
    with session_of("voting") as session:
        places = session.scalars(select(Place)).all()
    assert sum(place.answers for place in places) == ended.votes == 24 * 18
    assert ended.voters == 24


def test_what_divides_is_told_beside_the_ranking(read):
    read.end()
    places = {p["view_id"]: p for t in ranking(read).json["themes"] for p in t["places"]}
    dividing = [view for t in ranking(read).json["themes"] for view in t["dividing"]]
    assert all(places[view]["disagrees"] == 10 for view in dividing)


def test_groups_are_shown_beside_each_view_in_steps(read):
    read.end()
    agreeing = []
    for theme in ranking(read).json["themes"]:
        for place in theme["places"]:
            south, east = place["groups"]
            assert (south["name"], east["name"], south["withheld"]) == ("Etelä", "Itä", False)
            agreeing.append(south["agree"])
    assert sum(agreeing) / len(agreeing) > 0.7


def test_a_small_group_and_the_one_that_would_reveal_it_are_withheld(reading):
    for unit, people in {"Etelä": 8, "Itä": 6, "Åland": 2}.items():
        reading.have_read(people, unit=unit)
    reading.end()
    for theme in ranking(reading).json["themes"]:
        for place in theme["places"]:
            groups = {group["name"]: group for group in place["groups"]}
            assert groups["Åland"] == {"name": "Åland", "withheld": True}
            assert groups["Itä"] == {"name": "Itä", "withheld": True}
            assert set(groups["Etelä"]) == {"name", "withheld", "agree", "disagree"}


def test_a_group_with_fewer_than_five_others_is_withheld(reading):
    for unit, people in {"Etelä": 8, "Åland": 4}.items():
        reading.have_read(people, unit=unit)
    reading.end()
    groups = [
        group for theme in ranking(reading).json["themes"] for p in theme["places"] for group in p["groups"]
    ]
    assert groups and all(group["withheld"] for group in groups)


def test_what_fewer_than_five_answered_to_a_view_is_not_told(reading, told):
    reading.have_read(4, lambda view: "disagree")
    reading.end().release()
    places = [p for theme in ranking(reading).json["themes"] for p in theme["places"]]
    assert {(p["answers"], p["disagrees"], p["hearts"]) for p in places} == {(0, 0, 0)}
    assert ranking(reading).json["voters"] == 0
    assert {n for released in told("voting", RankingReleased) for n in released.readings.values()} == {0}


def test_asking_again_gives_the_same_shares(read, world):
    """Chance is drawn once: the mean of many answers would be the share itself."""
    read.end()
    before = groups_by_view(read)
    assert groups_by_view(read) == before
    theme = ranking(read).json["themes"][0]
    gone = theme["places"][3]["view_id"]
    world.hear("voting", ViewWithdrawn(run_id=read.run, theme_id=theme["theme_id"], view_id=gone))
    assert groups_by_view(read) == {view: groups for view, groups in before.items() if view != gone}


def groups_by_view(reading) -> dict[str, list]:
    return {p["view_id"]: p["groups"] for t in ranking(reading).json["themes"] for p in t["places"]}


def test_a_result_does_not_change_by_what_fewer_than_five_newcomers_answer(read, session_of):
    before = ranking(read.end()).json["themes"]
    read.open()
    read.have_read(4, lambda view: "disagree", unit="Itä")
    assert ranking(read.end()).json["themes"] == before
    read.open().have_read(1, lambda view: "disagree", unit="Itä")
    assert ranking(read.end()).json["voters"] == 29
    with session_of("voting") as session:
        assert {place.answers for place in session.scalars(select(Place))} == {29}


def test_the_grouping_can_be_changed_until_reading_opens_and_is_fixed_then(world, avi):
    reading = Reading(world).plan()
    agree_on = lambda by: reading.staff().patch(f"/runs/{reading.run}/ballot", json={"seats_by": by})  # noqa: E731
    assert agree_on("site").json["seats_by"] == "site"
    reading.open()
    refused = agree_on("unit")
    assert (refused.status_code, refused.json["code"]) == (409, "grouping-is-fixed")
    assert agree_on("site").status_code == 200


def test_seats_are_shared_out_by_unit_and_theme(read):
    read.end()
    proposal = read.staff("editor").get(f"/runs/{read.run}/seats").json
    assert len(proposal["seats"]) == 12
    assert [s["group"] for s in proposal["seats"]].count("Etelä") == 6
    assert [s["theme_id"] for s in proposal["seats"]].count(str(read.themes[1])) == 6


def test_the_number_of_questions_can_be_changed_until_release(read):
    read.end()
    read.staff().patch(f"/runs/{read.run}/ballot", json={"questions": 4})
    assert len(read.staff().get(f"/runs/{read.run}/seats").json["seats"]) == 4
    read.release()
    refused = read.staff().patch(f"/runs/{read.run}/ballot", json={"questions": 5})
    assert refused.json["code"] == "already-released"


def test_units_too_small_for_seats_join_the_largest_and_it_is_said(read):
    read.reader(unit="Åland").read(batches=1)
    read.end()
    assert read.staff().get(f"/runs/{read.run}/seats").json["joined"] == {"Åland": "Etelä"}


def test_the_release_tells_the_order_and_the_proposed_questions(read, told):
    read.end()
    shown = {t["theme_id"]: [p["view_id"] for p in t["places"]] for t in ranking(read).json["themes"]}
    read.release()
    for released in told("voting", RankingReleased):
        assert [str(v) for v in released.ranking] == shown[str(released.theme_id)]
        assert len(released.seats) == 6
        assert set(released.readings.values()) == {10}  # the promised floor
        assert released.not_read_enough == []


def test_a_part_of_one_themes_ranking_can_be_asked_for(read):
    read.end()
    theme = str(read.themes[0])
    part = {"theme_id": theme, "after": 5, "limit": 4}
    (shown,) = read.staff().get(f"/runs/{read.run}/ranking", query_string=part).json["themes"]
    assert (shown["theme_id"], shown["views"]) == (theme, 12)
    assert [p["position"] for p in shown["places"]] == [6, 7, 8, 9]
    proposed = {s["view_id"] for s in read.staff().get(f"/runs/{read.run}/seats").json["seats"]}
    assert all(p["proposed"] == (p["view_id"] in proposed) for p in shown["places"])


def test_a_ranking_too_long_for_one_event_is_told_in_parts(reading, told, monkeypatch):
    monkeypatch.setattr("services.voting.settling.IN_ONE_EVENT", 5)
    reading.reader().read(batches=1)
    reading.end().release()
    first = next(r for r in told("voting", RankingReleased) if r.theme_id == reading.themes[0])
    rest = [c for c in told("voting", RankingContinued) if c.theme_id == reading.themes[0]]
    assert [len(first.ranking), *(len(c.ranking) for c in rest)] == [5, 5, 2]
    assert [c.after for c in rest] == [5, 10]
    assert len({v for part in (first, *rest) for v in part.ranking}) == 12


def test_a_view_withdrawn_before_the_release_is_not_in_the_ranking(read, world, told):
    read.end()
    gone = ranking(read).json["themes"][0]["places"][0]
    about = {
        "run_id": read.run,
        "theme_id": ranking(read).json["themes"][0]["theme_id"],
        "view_id": gone["view_id"],
    }
    world.hear("voting", ViewWithdrawn(**about))
    assert ranking(read).json["themes"][0]["places"][0]["place"] == 1
    read.release()
    assert UUID(gone["view_id"]) not in {v for r in told("voting", RankingReleased) for v in r.ranking}
    assert len(told("voting", VotingEnded)) == 1


def test_a_view_withdrawn_after_the_release_is_gone_from_the_results(read, world):
    read.end().release()
    theme = ranking(read).json["themes"][0]
    gone = theme["places"][0]["view_id"]
    world.hear("voting", ViewWithdrawn(run_id=read.run, theme_id=theme["theme_id"], view_id=gone))
    left = [p["view_id"] for t in ranking(read, read.reader().door).json["themes"] for p in t["places"]]
    assert gone not in left
    assert len(left) == 17


def test_views_below_the_floor_are_marked_as_not_read_enough(reading, told):
    reading.staff().patch(f"/runs/{reading.run}/ballot", json={"expected_readers": 1000})
    reading.reader().read(batches=1)
    reading.end().release()
    places = [p for t in ranking(reading).json["themes"] for p in t["places"]]
    assert {p["read_enough"] for p in places} == {False}
    assert sum(len(r.not_read_enough) for r in told("voting", RankingReleased)) == 18


def test_the_floor_follows_the_people_who_were_invited(reading, world):
    invited = TurnoutKnown(run_id=reading.run, activity="give_views", took_part=3, invited=20)
    world.hear("voting", invited)
    world.let_time_pass("voting")
    ballot = reading.staff("coordinator").get(f"/runs/{reading.run}/ballot").json
    assert (ballot["invited"], ballot["floor"]) == (20, 4)  # 0.4 x 10 readers x 20 answers / 18 views


def test_readings_are_told_when_five_have_come_anew_and_the_floor_once(reading, world, told):
    for _ in range(12):
        reading.reader().read(batches=6)
        world.let_time_pass("voting")
    refreshed = [t for t in told("voting", TallyRefreshed) if t.theme_id == reading.themes[0]]
    assert [t.readings for t in refreshed] == [5 * 12, 10 * 12]
    reading.end()
    refreshed = [t for t in told("voting", TallyRefreshed) if t.theme_id == reading.themes[0]]
    assert refreshed[-1].readings == 12 * 12
    assert {f.theme_id for f in told("voting", FloorReached)} == set(reading.themes)
    assert len(told("voting", FloorReached)) == 2


def test_staff_see_how_far_the_views_are_read_in_batches_but_not_how_they_are_liked(reading, world):
    seen = []
    for _ in range(11):
        reading.reader().read(batches=1)
        world.let_time_pass("voting")
        ballot = reading.staff().get(f"/runs/{reading.run}/ballot").json
        seen.append((ballot["voters"], sum(theme["readings"] for theme in ballot["themes"])))
        assert "agrees" not in str(ballot)
        assert all(theme["by_view"] == {} for theme in ballot["themes"])
    assert seen == [(0, 0)] * 4 + [(5, 25)] * 5 + [(10, 50)] * 2
    reading.end()
    ballot = reading.staff().get(f"/runs/{reading.run}/ballot").json
    by_view = {n for theme in ballot["themes"] for n in theme["by_view"].values()}
    assert (ballot["voters"], sum(theme["readings"] for theme in ballot["themes"]), by_view) == (11, 55, {0})
    assert reading.reader().door.get(f"/runs/{reading.run}/ballot").status_code == 403


def test_no_event_says_who_has_voted(reading, world):
    """Neither daily nor at the end; identity asks when it needs it."""
    subjects = [uuid4() for _ in range(7)]
    for subject in subjects:
        reading.reader(subject=subject).read()
        world.let_time_pass("voting")
    reading.end()
    with worker_engine_of("voting").connect() as connection:
        told = "".join(connection.scalars(text("SELECT convert_from(value, 'UTF8') FROM outbox")))
    assert str(reading.run) in told and not [subject for subject in subjects if str(subject) in told]


def test_an_end_without_a_beginning_is_no_end(world, avi, told):
    Reading(world).plan().end()
    assert told("voting", VotingEnded) == []


def test_a_run_without_views_ends_and_is_released_all_the_same(world, avi, told):
    empty = Reading(world).plan().open().end()
    assert empty.release().status_code == 204
    assert [r.ranking for r in told("voting", RankingReleased)] == [[], []]


def test_terms_have_bounds(reading):
    for terms in ({"goal": 0}, {"questions": 0}, {"seats_by": "age"}, {"expected_readers": 0}):
        assert reading.staff().patch(f"/runs/{reading.run}/ballot", json=terms).status_code == 422
