"""An administrator puts one person and four accomplices into a unit of their own: whether its number is shown, or changes, may
not tell whether that person has taken part."""

from collections import Counter, defaultdict
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from services.identity.models import Belonging, Member, Participation, Site, Unit
from services.identity.people.models.participation import UNIT, WHOLE
from shared.contracts.process import PhaseOpened
from shared.database import sessions_of
from shared.privacy.disclosure import decided, enough_beyond
from shared.tenancy.sessions import acting_for
from shared.web.tokens import verify
from tests.identity.others import others as others
from tests.identity.test_clients import inside

RUN = UUID("22222222-2222-4222-8222-222222222222")
GIVE_VIEWS = "give_views"


class People:
    """Employees of the organisation by unit, and what is told of those who took part."""

    def __init__(self, avis, world):
        self.avis, self.world = avis, world
        self.took_part = defaultdict[str, set[UUID]](set)

    def session(self):
        return sessions_of("identity").begin()

    def employ(self, unit: str, people: int) -> list[UUID]:
        with acting_for(self.avis.id), self.session() as session:
            unit_id = self.unit(unit, session)
            crew = [Member(name=f"{unit} {uuid4()}", unit_id=unit_id) for _ in range(people)]
            session.add_all(crew)
            session.flush()
            return [person.id for person in crew]

    def unit(self, name: str, session) -> UUID:
        found = session.scalars(select(Unit.id).filter_by(name=name)).one_or_none()
        if found is None:
            session.add(unit := Unit(name=name))
            session.flush()
            found = unit.id
        return found

    def move(self, people: list[UUID], unit: str) -> None:
        with acting_for(self.avis.id), self.session() as session:
            belongs = update(Member).where(Member.id.in_(people)).values(unit_id=self.unit(unit, session))
            session.execute(belongs)

    def leave(self, people: list[UUID]) -> None:
        with acting_for(self.avis.id), self.session() as session:
            for person in session.scalars(select(Member).where(Member.id.in_(people))):
                person.leave()

    def open(self, activity: str = GIVE_VIEWS) -> None:
        opened = PhaseOpened(run_id=RUN, phase="views", activities=[activity])
        with acting_for(self.avis.id):
            self.world.hear("identity", opened)

    def take_part(self, people: list[UUID], activity: str = GIVE_VIEWS) -> dict[str, int | None]:
        """They take part as well; what is told of the units."""
        self.took_part[activity] |= set(people)
        with acting_for(self.avis.id), self.session() as session:
            Participation.tell(RUN, activity, self.took_part[activity], session)
        return self.told(activity)

    def told(self, activity: str = GIVE_VIEWS) -> dict[str, int | None]:
        with acting_for(self.avis.id), self.session() as session:
            names = {unit.id: unit.name for unit in session.scalars(select(Unit))}
            rows = Participation.published(RUN, activity, session)
            return {
                names[part]: row.shown for (kind, part), row in rows.items() if kind == UNIT and part in names
            }


@pytest.fixture
def people(avis, world, monkeypatch) -> People:
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(1))
    return People(avis, world)


def test_a_unit_made_of_one_person_and_four_accomplices_does_not_tell_of_that_person(people):
    oulu, turku = people.employ("Oulu", 30), people.employ("Turku", 30)
    *accomplices, kaisa = people.employ("Ansa", 5)
    shown = Counter()
    for nr in range(150):
        takes_part = nr % 2 == 0
        told = people.take_part([*oulu, *turku, *accomplices, *([kaisa] if takes_part else [])], f"try {nr}")
        shown[takes_part] += told["Ansa"] is not None
    assert shown[False] == 0
    assert shown[True] <= 2


def test_nor_does_what_is_left_out_for_the_sake_of_such_units(people):
    """Together they are five people, or four and not Kaisa."""
    oulu, turku = people.employ("Oulu", 40), people.employ("Turku", 30)
    *first, kaisa = people.employ("Ansa", 3)
    second = people.employ("Pauke", 2)
    withheld = Counter()
    for nr in range(150):
        takes_part = nr % 2 == 0
        there = [*oulu, *turku, *first, *second, *([kaisa] if takes_part else [])]
        withheld[takes_part] += people.take_part(there, f"try {nr}")["Turku"] is None
    assert withheld[False] == 75
    assert withheld[True] >= 73


def test_nor_does_a_number_that_is_drawn_anew_for_five(people):
    turku, vaasa = people.employ("Turku", 40), people.employ("Vaasa", 60)
    oulu = people.employ("Oulu", 50)
    changed = Counter()
    for nr in range(80):
        activity, takes_part = f"try {nr}", nr % 2 == 0
        before = people.take_part([*oulu[:40], *turku, *vaasa[:40]], activity)
        after = people.take_part([*oulu[40 : 45 if takes_part else 44], *vaasa[40:]], activity)
        changed[takes_part] += before["Oulu"] != after["Oulu"]
    assert changed[False] == 0
    assert changed[True] <= 2


def test_units_are_those_of_the_opening_whoever_is_moved_afterwards(people):
    oulu, turku, vaasa = people.employ("Oulu", 40), people.employ("Turku", 40), people.employ("Vaasa", 20)
    people.employ("Tyhjä", 1)
    people.open()
    people.move(oulu, "Tyhjä")
    told = people.take_part([*oulu, *turku, *vaasa])
    assert told["Oulu"] and told["Turku"]
    assert told["Tyhjä"] is None
    people.move(turku, "Oulu")
    assert people.take_part(people.employ("Turku", 5)) == told


def test_whoever_comes_later_is_counted_where_they_came_and_whoever_leaves_stays_counted(people, avis):
    oulu, turku = people.employ("Oulu", 30), people.employ("Turku", 30)
    people.open()
    newcomers = people.employ("Turku", 30)
    told = people.take_part([*oulu, *turku])
    people.leave(oulu[:20])
    assert people.take_part(newcomers)["Oulu"] == told["Oulu"]
    assert people.told()["Turku"] >= told["Turku"] + 25
    tuula = inside(avis, avis.sign_in(avis.employ("Tuula", roles=["coordinator"])))
    units = {
        part["name"]: part["invited"] for part in tuula.get(f"/runs/{RUN}/turnout/{GIVE_VIEWS}").json["units"]
    }
    assert units == {"Oulu": 30, "Turku": 60}


def test_who_took_part_and_is_gone_is_counted_and_on_no_list_for_it(people, avis):
    """Everybody who is here is written down; of those who left it would be the ones who took part."""
    crew = people.employ("Oulu", 30)
    people.open()
    kaisa, newcomers = inside(avis, avis.sign_in(avis.employ("Kaisa"))), people.employ("Oulu", 2)
    assert kaisa.delete("/me").status_code == 204
    people.leave(newcomers)
    people.take_part([*crew, kaisa.who.subject, newcomers[0]])
    with acting_for(avis.id), people.session() as session:
        assert Participation.published(RUN, GIVE_VIEWS, session)[WHOLE, RUN].shown == 32
        assert set(session.scalars(select(Belonging.member_id))) == set(crew)


def test_a_unit_that_was_not_known_at_the_opening_is_taken_note_of_once(people):
    with acting_for(people.avis.id), people.session() as session:
        session.add(site := Site(name="Talo"))
        session.add(kaisa := Member(name="Kaisa"))
        session.flush()
        kaisa_id, site_id = kaisa.id, site.id
    people.open()
    people.move([kaisa_id], "Oulu")
    people.take_part(people.employ("Turku", 5))
    people.move([kaisa_id], "Turku")
    people.take_part(people.employ("Turku", 5))
    with acting_for(people.avis.id), people.session() as session:
        down = session.scalars(select(Belonging).filter_by(member_id=kaisa_id)).one()
        assert (down.unit_id, down.site_id) == (people.unit("Oulu", session), None) and site_id


def test_who_is_moved_after_the_opening_reads_among_those_of_before(avis, people):
    """Voting writes down a reader's unit from the token."""
    kaisas = avis.sign_in(avis.employ("Kaisa"))
    kaisa = inside(avis, kaisas)
    avis.plans(RUN)
    people.move([UUID(str(kaisa.who.subject))], "Oulu")
    people.open("prioritise")
    people.move([UUID(str(kaisa.who.subject))], "Ansa")
    with acting_for(avis.id), people.session() as session:
        oulu = people.unit("Oulu", session)
    assert unit_in(avis, kaisas, "voting") == str(oulu)


def unit_in(avis, secret: str, service: str) -> str | None:
    asked = {"audiences": [service], "run_id": str(RUN), "as_participant": True}
    return verify(avis.current(secret, **asked).json["tokens"][service], service).unit


def test_being_forgotten_takes_along_where_one_belonged(avis, people, world):
    kaisa = inside(avis, avis.sign_in(avis.employ("Kaisa")))
    people.open()
    about = {"run_id": str(RUN), "activity": GIVE_VIEWS, "unit_id": None, "site_id": None}
    assert kaisa.get("/me").json["counted_in"] == [about]
    kaisa.delete("/me")
    with acting_for(avis.id), people.session() as session:
        assert session.query(Belonging).count() == 0


def test_another_organisations_people_are_in_no_count_of_ours(avis, kelas, people, others):
    pekka = kelas.employ("Pekka")
    kelas.sign_in(pekka)
    people.open()
    with acting_for(kelas.id), people.session() as session:
        assert session.query(Belonging).count() == 0
    others.hear_of(people.employ("Oulu", 6))
    others.night()
    theirs = inside(kelas, kelas.sign_in(kelas.employ("Paavo", roles=["coordinator"])))
    assert theirs.get(f"/runs/{RUN}/turnout/{GIVE_VIEWS}").json["units"] == []


def test_what_is_decided_stays_until_enough_have_come_anew(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", chance := Random(4))
    for _ in range(300):
        people = {name: chance.randint(0, 30) for name in "abcdef"}
        before, due = decided(people, {})
        drawn_at = dict(people)
        for _ in range(10):
            people = {name: count + chance.randint(0, 9) for name, count in people.items()}
            after, due = decided(people, before)
            assert all(people[name] - drawn_at[name] >= 5 or not before[name].shown for name in due)
            assert all(after[name].shown for name, decision in before.items() if decision.shown)
            drawn_at |= {name: people[name] for name in due}
            before = after


def test_fewer_than_five_are_never_enough(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(6))
    needed = [enough_beyond(0) for _ in range(20_000)]
    assert min(needed) == 5
    assert sum(count == 5 for count in needed) < 200
