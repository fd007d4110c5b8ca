"""Results in hand, whose view is it? An author does not read her own view, so where she sits one reader is short."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.voting.models import Place
from shared.contracts.voting import RankingReleased
from tests.voting.conftest import Reading
from tests.voting.hands import hold

UNITS = {"Etelä": 26, "Itä": 15, "Länsi": 9, "Pohjoinen": 5, "Saaristo": 3, "Åland": 2}
SITES = ("Helsinki", "Oulu", "Turku")
STEPS = {0.1, 0.3, 0.5, 0.7, 0.9}


class Readers(Reading):
    """Sixty people of whom thirty have written a view, and everybody has read all views but the own."""

    def __init__(self, world: Any):
        super().__init__(world)
        self.people = [unit for unit, count in UNITS.items() for _ in range(count)]
        self.author_of: dict[str, int] = {}

    def write(self) -> "Readers":
        authors = Random(7).sample(range(len(self.people)), 30)
        views = [view for theme in self.themes for view in self.share(15, theme)]
        self.author_of = {str(view): author for view, author in zip(views, authors, strict=True)}
        return self

    def unit_of(self, view: str) -> str:
        return self.people[self.author_of[view]]

    def read_all(self, session: Any, people: Iterator[int] | None = None) -> "Readers":
        chance = Random(11)
        for nr in people or range(len(self.people)):
            read = [view for view, author in self.author_of.items() if author != nr]
            answers = {UUID(view): chance.choices((1, 0, -1), (5, 1, 2))[0] for view in read}
            hold(self.run, session, answers, unit=self.people[nr], site=SITES[nr % 3])
        return self

    def published(self) -> list[dict[str, Any]]:
        """What everybody gets to see, view by view."""
        reader = self.reader(unit="Etelä").door
        themes = reader.get(f"/runs/{self.run}/ranking").json["themes"]
        return [place for theme in themes for place in theme["places"]]


@pytest.fixture
def readers(world, avi, session_of) -> Readers:
    readers = Readers(world).plan().open().write()
    with session_of("voting") as session:
        readers.read_all(session)
    return readers


def suspects(place: dict[str, Any], places: list[dict[str, Any]]) -> set[str]:
    """The groups in which one reader of the view seems to be missing, or whose row is."""
    rows = {group["name"]: group for group in place["groups"]}
    return {
        name
        for name, usual in usual_rows(places).items()
        if name not in rows
        or rows[name]["withheld"] != usual["withheld"]
        or any(rows[name][count] < usual[count] for count in COUNTS & set(usual) & set(rows[name]))
    }


COUNTS = {"answers", "readers"}


def usual_rows(places: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Group -> how its row looks beside most views, with the most readers that it has anywhere."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for place in places:
        for group in place["groups"]:
            rows.setdefault(group["name"], []).append(group)
    return {name: usual(found) for name, found in rows.items()}


def usual(rows: list[dict[str, Any]]) -> dict[str, Any]:
    withheld = Counter(row["withheld"] for row in rows).most_common(1)[0][0]
    most = {
        count: max(row.get(count, 0) for row in rows)
        for count in COUNTS & {key for row in rows for key in row}
    }
    return {"withheld": withheld} | most


def test_no_row_of_the_results_tells_where_an_author_sits(readers):
    readers.end().release()
    places = readers.published()
    assert len(places) == 30
    found = [place for place in places if suspects(place, places) == {readers.unit_of(place["view_id"])}]
    assert found == []


def test_every_group_stands_beside_every_view_in_the_same_order_and_without_counts(readers):
    readers.end().release()
    for place in readers.published():
        assert [group["name"] for group in place["groups"]] == sorted(UNITS)
        for group in place["groups"]:
            numbers = {key: value for key, value in group.items() if key not in ("name", "withheld")}
            assert set(numbers.values()) <= STEPS
            assert bool(numbers) != group["withheld"]


def test_the_grouping_stays_as_agreed_once_reading_has_opened(readers):
    for end in (lambda: None, readers.end):
        end()
        refused = readers.staff().patch(f"/runs/{readers.run}/ballot", json={"seats_by": "site"})
        assert (refused.status_code, refused.json["code"]) == (409, "grouping-is-fixed")
    readers.release()
    assert {group["name"] for place in readers.published() for group in place["groups"]} == set(UNITS)


def test_no_count_tells_that_one_of_the_few_who_did_not_read_wrote_a_view(world, avi, session_of, told):
    """Three read nothing: what they wrote has been read by everybody who read, all other views by all but their authors."""
    readers = Readers(world).plan().open().write()
    silent = sorted(readers.author_of.values())[:3]
    with session_of("voting") as session:
        readers.read_all(session, (nr for nr in range(60) if nr not in silent))
    readers.end()
    theirs = {view for view, author in readers.author_of.items() if author in silent}
    ballot = readers.staff().get(f"/runs/{readers.run}/ballot").json
    assert len({n for theme in ballot["themes"] for n in theme["by_view"].values()}) == 1
    assert all(theme["fewest"] == theme["median"] == ballot["floor"] for theme in ballot["themes"])
    readers.release()
    assert len({n for released in told("voting", RankingReleased) for n in released.readings.values()}) == 1
    places = readers.published()
    assert len({place["answers"] for place in places}) == 1
    with session_of("voting") as session:
        counted = {str(place.view_id): place.answers for place in session.scalars(select(Place))}
    most = sorted(counted, key=counted.__getitem__, reverse=True)[:3]
    assert len(counted) == 30
    assert set(most) != theirs
    assert min(counted[view] for view in theirs) < max(
        counted[view] for view in counted if view not in theirs
    )


def test_whether_a_unit_of_five_is_shown_does_not_tell_that_its_fifth_has_read(
    world, avi, session_of, monkeypatch
):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(1))
    pohjoinen = [nr for nr, unit in enumerate(Readers(world).people) if unit == "Pohjoinen"]
    for absent in ((), pohjoinen[-1:]):
        readers = Readers(world).plan().open().write()
        with session_of("voting") as session:
            readers.read_all(session, (nr for nr in range(60) if nr not in absent))
        readers.end()
        assert shares_by_view(readers, "Etelä")
        assert not shares_by_view(readers, "Pohjoinen")


def test_a_groups_shares_stay_until_enough_of_it_have_come_anew(readers, session_of):
    """Opened again and again, with five new readers elsewhere each time, chance would average out."""
    before = shares_by_view(readers.end(), "Etelä")
    assert before
    for _ in range(3):
        readers.open()
        for _ in range(6):
            readers.reader(unit="Länsi").read(batches=6)
        assert shares_by_view(readers.end(), "Etelä") == before
    readers.open()
    for _ in range(60):
        readers.reader(unit="Etelä").read(batches=6, answer="disagree")
    assert shares_by_view(readers.end(), "Etelä") != before


def shares_by_view(readers: Readers, group: str) -> dict[str, Any]:
    themes = readers.staff().get(f"/runs/{readers.run}/ranking").json["themes"]
    rows = {(p["view_id"], g["name"]): g for theme in themes for p in theme["places"] for g in p["groups"]}
    return {view: row for (view, name), row in rows.items() if name == group and not row["withheld"]}
