"""Who has taken part is known; what they said is not, and small numbers are not shown."""

from uuid import UUID, uuid4

import pytest

from services.identity.models import Attendance, Member, PseudonymKey, Unit
from services.identity.turnout import withheld
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
    oulu = staff_of_avi["Oulu"]
    hear(world, counted(avis, oulu[:6]), counted(avis, oulu[4:10]), counted(avis, oulu))
    assert told("identity", TurnoutKnown, tenant=avis.id)[-1].took_part == 10


def test_pseudonyms_of_another_purpose_lead_to_nobody(avis, staff_of_avi, world, told):
    wrong = VotersCounted(
        run_id=RUN, activity="prioritise", participants=pseudonyms(avis, staff_of_avi["Oulu"], "survey")
    )
    hear(world, wrong)
    assert not told("identity", AttendanceKnown, TurnoutKnown, tenant=avis.id)


def test_the_turnout_by_unit_withholds_small_parts_and_what_would_give_them_away(avis, staff_of_avi, world):
    crews = staff_of_avi
    hear(
        world,
        counted(avis, crews["Hallinto"][:8] + crews["Oulu"][:7] + crews["Turku"][:9] + crews["Vaasa"][:2]),
    )
    tuula = inside(avis, avis.sign_in(avis.employ("Tuula", roles=["coordinator"])))
    seen = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    assert (seen["took_part"], seen["invited"]) == (26, 41)
    shown = {part["name"]: part["took_part"] for part in seen["units"]}
    assert shown == {"Hallinto": 8, "Oulu": None, "Turku": 9, "Vaasa": None}


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([8, 7, 9], []),
        ([8, 7, 2], [1, 2]),  # the 2 could be worked out from the total, so the 7 goes with it
        ([8, 3, 2], [1, 2]),  # together they are five: nothing to work out
        ([8, 2, 2], [0, 1, 2]),  # together four, which the total would tell
        ([4], [0]),
        ([0, 9, 9], [0, 1]),
        ([], []),
    ],
)
def test_what_is_withheld(counts, hidden):
    ids = [UUID(int=number) for number in range(len(counts))]
    assert withheld(dict(zip(ids, counts, strict=True))) == {ids[number] for number in hidden}


def test_an_employee_does_not_see_turnout_by_unit(avis):
    kaisa = inside(avis, avis.sign_in(avis.employ("Kaisa")))
    assert kaisa.get(f"/runs/{RUN}/turnout/give_views").status_code == 403


def test_a_completed_run_has_no_way_back_from_pseudonym_to_person(avis, staff_of_avi, world, told):
    before = pseudonyms(avis, staff_of_avi["Oulu"])
    hear(world, RunCompleted(run_id=RUN))
    assert told("identity", KeyDestroyed, tenant=avis.id) == [KeyDestroyed(run_id=RUN, purpose="survey")]
    assert not set(pseudonyms(avis, staff_of_avi["Oulu"])) & set(before)
    hear(world, WritersCounted(run_id=RUN, activity="give_views", participants=before))
    assert not told("identity", AttendanceKnown, tenant=avis.id)
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert session.query(PseudonymKey).one().sealed is None


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
