"""Who has taken part is known; what they said is not, and small numbers are not shown."""

from collections import Counter
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from services.identity.models import Attendance, Member, Participation, PseudonymKey, Site, Unit
from shared.contracts.identity import AttendanceKnown, KeyDestroyed, TurnoutKnown
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted
from shared.contracts.survey import WritersCounted
from shared.contracts.voting import VotersCounted
from shared.database import sessions_of
from shared.tenancy import acting_for
from tests.identity.test_clients import inside

RUN = UUID("22222222-2222-4222-8222-222222222222")


@pytest.fixture
def staff_of_avi(avis, world):
    """Forty people in four units; the answer is the ids in each unit."""
    world.avi = avis.id
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        units = [Unit(name=name) for name in ("Hallinto", "Oulu", "Turku", "Vaasa")]
        session.add_all(units)
        session.flush()
        people = {
            unit.name: [Member(name=f"{unit.name} {n}", unit_id=unit.id) for n in range(10)] for unit in units
        }
        session.add_all(person for crew in people.values() for person in crew)
        return {unit: [person.id for person in crew] for unit, crew in people.items()}


def pseudonyms(avis, members, purpose="survey"):
    avis.plans(RUN)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        return list(PseudonymKey.of(RUN, purpose, session).pseudonyms(members).values())


def hear(world, *happened):
    with acting_for(world.avi):
        world.hear("identity", *happened)


def counted(avis, members, kind=WritersCounted, purpose="survey", activity="give_views"):
    return kind(run_id=RUN, activity=activity, participants=pseudonyms(avis, members, purpose))


def test_who_has_given_views_is_told_by_member_and_nothing_else_is(avis, staff_of_avi, world, told):
    took_part = staff_of_avi["Oulu"][:6]
    hear(world, counted(avis, took_part))
    (known,) = told("identity", AttendanceKnown, tenant=avis.id)
    assert set(known.members) == set(took_part)
    (turnout,) = told("identity", TurnoutKnown, tenant=avis.id)
    assert (turnout.took_part, turnout.invited) == (6, 40)


def test_a_handful_is_not_counted_aloud(avis, staff_of_avi, world, told):
    hear(world, counted(avis, staff_of_avi["Oulu"][:4]))
    assert told("identity", AttendanceKnown, tenant=avis.id)
    assert not told("identity", TurnoutKnown, tenant=avis.id)


def test_parts_and_repetitions_add_up_to_each_person_once(avis, staff_of_avi, world, told):
    people = [*staff_of_avi["Oulu"], *staff_of_avi["Turku"]]
    hear(world, counted(avis, people[:6]), counted(avis, people[4:14]), counted(avis, people[:14]))
    assert told("identity", TurnoutKnown, tenant=avis.id)[-1].took_part == 14


def test_the_turnout_is_told_anew_when_five_more_have_taken_part(avis, staff_of_avi, world, told, tuula):
    people, seen = [*staff_of_avi["Oulu"], *staff_of_avi["Turku"]], []
    for one in people[:11]:
        hear(world, counted(avis, [one]))
        seen.append(tuula.get(f"/runs/{RUN}/turnout/give_views").json["took_part"])
    assert seen == [None] * 4 + [5] * 5 + [10] * 2
    assert [known.took_part for known in told("identity", TurnoutKnown, tenant=avis.id)] == [5, 10]


def test_pseudonyms_of_another_purpose_lead_to_nobody(avis, staff_of_avi, world, told):
    wrong = VotersCounted(
        run_id=RUN, activity="prioritise", participants=pseudonyms(avis, staff_of_avi["Oulu"], "survey")
    )
    hear(world, wrong)
    assert not told("identity", AttendanceKnown, TurnoutKnown, tenant=avis.id)


@pytest.fixture
def tuula(avis):
    return inside(avis, avis.sign_in(avis.employ("Tuula", roles=["coordinator"])))


def by_unit(tuula) -> dict[str, int | None]:
    seen = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    return {part["name"]: part["took_part"] for part in seen["units"]}


@pytest.fixture
def just_five_are_enough(monkeypatch):
    """Without the people beyond five that are drawn for each part: tests/attacks/test_thresholds_tell_of_nobody.py has those."""
    monkeypatch.setattr("shared.disclosure.MORE", -1000)


@pytest.mark.usefixtures("just_five_are_enough")
def test_the_turnout_by_unit_withholds_small_parts_and_what_would_give_them_away(
    avis, staff_of_avi, world, tuula
):
    crews = staff_of_avi
    hear(
        world,
        counted(avis, crews["Hallinto"][:8] + crews["Oulu"][:7] + crews["Turku"][:9] + crews["Vaasa"][:2]),
    )
    seen = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    assert (seen["took_part"], seen["invited"]) == (26, 41)
    shown = by_unit(tuula)
    assert (shown["Oulu"], shown["Vaasa"]) == (None, None)
    assert {shown["Hallinto"], shown["Turku"]} <= {5, 10}


def test_a_unit_with_fewer_than_five_others_is_withheld(avis, staff_of_avi, world, tuula):
    hear(world, counted(avis, staff_of_avi["Oulu"] + staff_of_avi["Turku"][:4]))
    assert set(by_unit(tuula).values()) == {None}


@pytest.mark.usefixtures("just_five_are_enough")
def test_a_units_number_is_drawn_once_until_five_more_of_it_have_taken_part(avis, staff_of_avi, world, tuula):
    """Drawn again and again, the noise would average out."""
    crews = staff_of_avi
    took_part = crews["Oulu"][:5] + crews["Turku"] + crews["Hallinto"][:8] + crews["Vaasa"][:6]
    hear(world, counted(avis, took_part))
    before = by_unit(tuula)
    assert before["Oulu"] is None  # Tuula belongs nowhere and took no part: she could be worked out
    for nr in range(12):
        hear(world, counted(avis, newcomers(avis, f"Uusi {nr}", "Turku")))
        assert by_unit(tuula) | {"Turku": None} == before | {"Turku": None}
    hear(world, counted(avis, newcomers(avis, "Viimeinen", "Hallinto") + crews["Hallinto"]))
    assert by_unit(tuula)["Hallinto"] > before["Hallinto"] - 5 and by_unit(tuula)["Turku"] > 40


def newcomers(avis, name, unit) -> list[UUID]:
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        unit_id = session.scalars(select(Unit.id).filter_by(name=unit)).one()
        people = [Member(name=f"{name} {n}", unit_id=unit_id) for n in range(5)]
        session.add_all(people)
        session.flush()
        return [person.id for person in people]


@pytest.mark.usefixtures("just_five_are_enough")
def test_a_site_that_is_a_unit_and_one_person_more_does_not_tell_of_that_person(
    avis, staff_of_avi, monkeypatch
):
    """Without noise seven of the unit would be told as five, and seven and one of the site as ten: she took part."""
    monkeypatch.setattr("shared.disclosure.CHANCE", Random(1))
    crews, told = staff_of_avi, {True: Counter(), False: Counter()}
    site, one_more = house_of([*crews["Oulu"], crews["Vaasa"][0]], avis), crews["Vaasa"][0]
    others = [*crews["Oulu"][:7], *crews["Turku"], *crews["Hallinto"], *crews["Vaasa"][1:8]]
    for nr in range(160):
        took_part = [*others, one_more] if nr % 2 else others
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            Attendance.note(RUN, f"activity {nr}", took_part, session)
            Participation.tell(RUN, f"activity {nr}", session)
            shown = {
                part.part_id: part.shown
                for part in Participation.published(RUN, f"activity {nr}", session).values()
            }
            oulu = session.scalars(select(Unit.id).filter_by(name="Oulu")).one()
        told[bool(nr % 2)][shown[site] - shown[oulu]] += 1
    assert set(told[True]) == set(told[False]) == {-5, 0, 5}


def house_of(people, avis) -> UUID:
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        site = Site(name="Oulun talo")
        session.add(site)
        session.flush()
        session.execute(update(Member).where(Member.id.in_(people)).values(site_id=site.id))
        elsewhere = Site(name="Muualla")
        session.add(elsewhere)
        session.flush()
        session.execute(update(Member).where(Member.site_id.is_(None)).values(site_id=elsewhere.id))
        return site.id


def test_an_employee_does_not_see_turnout_by_unit(avis):
    kaisa = inside(avis, avis.sign_in(avis.employ("Kaisa")))
    assert kaisa.get(f"/runs/{RUN}/turnout/give_views").status_code == 403


def test_a_completed_run_has_no_way_back_from_pseudonym_to_person(avis, staff_of_avi, world, told):
    before = pseudonyms(avis, staff_of_avi["Oulu"])
    hear(world, RunCompleted(run_id=RUN))
    destroyed = told("identity", KeyDestroyed, tenant=avis.id)
    assert {event.purpose for event in destroyed} == {"survey", "voting", "workshop", "townhall"}
    assert not set(pseudonyms(avis, staff_of_avi["Oulu"])) & set(before)
    hear(world, WritersCounted(run_id=RUN, activity="give_views", participants=before))
    assert not told("identity", AttendanceKnown, tenant=avis.id)
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert not any(key.lives for key in session.query(PseudonymKey))


def test_a_key_outlives_its_activity_for_a_month_only(avis, staff_of_avi, world, told):
    before = pseudonyms(avis, staff_of_avi["Oulu"], "voting")
    hear(world, PhaseClosed(run_id=RUN, phase="priorities", activities=["prioritise"]))
    assert pseudonyms(avis, staff_of_avi["Oulu"], "voting") == before
    with acting_for(avis.id):
        world.let_time_pass("identity")
    destroyed = {event.purpose for event in told("identity", KeyDestroyed, tenant=avis.id)}
    assert "voting" in destroyed and pseudonyms(avis, staff_of_avi["Oulu"], "voting") != before


def test_an_activity_that_goes_on_or_is_opened_again_keeps_its_key(avis, staff_of_avi, world, told):
    hear(
        world,
        PhaseClosed(run_id=RUN, phase="views", activities=["give_views"], goes_on=["give_views"]),
        PhaseClosed(run_id=RUN, phase="priorities", activities=["prioritise"]),
        PhaseOpened(run_id=RUN, phase="priorities", activities=["prioritise"]),
    )
    with acting_for(avis.id):
        world.let_time_pass("identity")
    assert not told("identity", KeyDestroyed, tenant=avis.id)


def test_an_activity_opened_long_after_gets_a_new_key(avis, staff_of_avi, world):
    hear(world, RunCompleted(run_id=RUN), PhaseOpened(run_id=RUN, phase="views", activities=["give_views"]))
    oulu = staff_of_avi["Oulu"]
    assert pseudonyms(avis, oulu) == pseudonyms(avis, oulu)


def test_attendance_of_another_organisation_is_not_there(avis, kelas, staff_of_avi, world):
    hear(world, counted(avis, staff_of_avi["Oulu"]))
    pekka = inside(kelas, kelas.sign_in(kelas.employ("Pekka", roles=["coordinator"])))
    assert pekka.get(f"/runs/{RUN}/turnout/give_views").json["units"] == []
    with acting_for(kelas.id), sessions_of("identity")() as session:
        assert session.query(Attendance).count() == 0


def test_being_forgotten_takes_attendance_along(avis, world):
    world.avi = avis.id
    kaisa = inside(avis, avis.sign_in(avis.employ("Kaisa")))
    hear(world, counted(avis, [kaisa.who.subject]))
    assert kaisa.get("/me").json["attended"] == [{"run_id": str(RUN), "activity": "give_views"}]
    kaisa.delete("/me")
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.query(Attendance).count() == 0


def test_nobody_learns_from_the_order_of_rows(avis, staff_of_avi, world, told):
    """Attendance has neither time nor number of its own, and is told shuffled."""
    assert set(Attendance.__table__.columns.keys()) == {"tenant_id", "run_id", "activity", "member_id"}
    everybody = [member for crew in staff_of_avi.values() for member in crew]
    hear(world, counted(avis, everybody), counted(avis, [uuid4()]))
    first, second = told("identity", AttendanceKnown, tenant=avis.id)
    assert first.members != second.members and set(first.members) == set(second.members)
