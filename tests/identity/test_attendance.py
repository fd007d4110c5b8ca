"""Who has taken part is asked and kept nowhere; how many have is told, and small numbers are not shown."""

import re
from collections import Counter
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from services.identity.models import Base, Member, Participation, PseudonymKey, Site, Unit
from services.identity.people.turnout_counts import at_the_end, each_night
from services.identity.pseudonyms.took_part import CannotBeAskedNow, who_took_part
from shared.contracts.identity import KeyDestroyed, TurnoutKnown
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted
from shared.contracts.survey import CollectingEnded
from shared.contracts.voting import VotingEnded
from shared.contracts.workshop import RoundEnded
from shared.database import sessions_of, worker_engine_of, worker_sessions_of
from shared.messaging.messaging_tables import timer
from shared.tenancy.sessions import acting_for
from shared.web.tokens import Caller, issue
from tests.identity.others import RUN, pseudonyms
from tests.identity.test_clients import inside


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


def hear(world, *happened):
    with acting_for(world.avi):
        world.hear("identity", *happened)


def turnouts(avis, told) -> list[tuple[int, int]]:
    return [(known.took_part, known.invited) for known in told("identity", TurnoutKnown, tenant=avis.id)]


def test_how_many_have_given_views_is_told_and_who_has_is_not(avis, staff_of_avi, others, told):
    others.hear_of(staff_of_avi["Oulu"][:6])
    others.night()
    assert turnouts(avis, told) == [(6, 40)]
    assert not {str(one) for one in staff_of_avi["Oulu"]} & set(everything_kept(avis))


def everything_kept(avis) -> list[str]:
    """What stands in identity's rows but in those where everybody stands, and what it has told."""
    everybody = {"member", "belonging"}
    with acting_for(avis.id), sessions_of("identity")() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in everybody]
        rows = [row for table in tables for row in session.execute(select(table))]
    with worker_engine_of("identity").connect() as connection:
        values = connection.execute(text("SELECT convert_from(value, 'UTF8') FROM outbox")).scalars()
        return re.findall("[0-9a-f-]{36}", str(rows) + "".join(values))


def test_a_question_names_everybody_whoever_may_have_taken_part(avis, staff_of_avi, others):
    """Also those who have left: they may have taken part before."""
    everybody = [member for crew in staff_of_avi.values() for member in crew]
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.get_one(Member, (avis.id, everybody[0])).leave()
    others.hear_of(everybody[:6])
    others.night()
    [(service, path, asked)] = others.asked
    assert (service, path, asked["activity"]) == ("survey", f"/runs/{RUN}/took-part", "give_views")
    assert {UUID(one) for one in asked["pseudonyms"]} == set(pseudonyms(avis, everybody))
    assert asked["pseudonyms"] != [str(one) for one in pseudonyms(avis, everybody)]


def test_a_handful_is_not_counted_aloud(avis, staff_of_avi, others, told):
    others.hear_of(staff_of_avi["Oulu"][:4])
    others.night()
    others.end()
    assert turnouts(avis, told) == []


def test_who_takes_part_again_is_counted_once(avis, staff_of_avi, others, told):
    people = [*staff_of_avi["Oulu"], *staff_of_avi["Turku"]]
    for some in (people[:6], people[4:14], people[:14]):
        others.hear_of(some)
        others.night()
    assert turnouts(avis, told) == [(6, 40), (14, 40)]


def test_the_turnout_is_told_anew_when_five_more_have_taken_part(avis, staff_of_avi, others, told, tuula):
    people, seen = [*staff_of_avi["Oulu"], *staff_of_avi["Turku"]], []
    for one in people[:11]:
        others.hear_of([one])
        others.night()
        seen.append(tuula.get(f"/runs/{RUN}/turnout/give_views").json["took_part"])
    assert seen == [None] * 4 + [5] * 5 + [10] * 2
    assert turnouts(avis, told) == [(5, 41), (10, 41)]


def test_in_a_pilot_of_twelve_the_turnout_is_right_in_the_end(avis, others, told, tuula):
    crew = newcomers(avis, "Pilotti", "Oulu", people=11)
    everybody, seen = [*crew, UUID(avis.member(avis.let_in("tuula-" + avis.slug)))], []
    for took_part in (4, 9, 12):
        others.hear_of(everybody[:took_part])
        others.night()
        seen.append(tuula.get(f"/runs/{RUN}/turnout/give_views").json["took_part"])
    assert seen == [None, 9, 9]
    others.end()
    turnout = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    assert (turnout["took_part"], turnout["invited"]) == (12, 12)
    assert turnouts(avis, told) == [(9, 12), (12, 12)]


def test_pseudonyms_of_another_purpose_lead_to_nobody(avis, staff_of_avi, others, told):
    others.hear_of(staff_of_avi["Oulu"], "prioritise", purpose="survey")
    others.night("prioritise")
    assert turnouts(avis, told) == []


def test_while_a_service_is_away_the_count_waits_and_nothing_is_told(avis, staff_of_avi, others, told):
    others.hear_of(staff_of_avi["Oulu"])
    others.are_away = True
    with pytest.raises(CannotBeAskedNow):
        others.night()
    others.are_away = False
    others.night()
    assert turnouts(avis, told) == [(10, 40)]


def due(avis) -> set[str]:
    """What is to be counted of the run."""
    with worker_engine_of("identity").connect() as connection:
        asked = select(timer.c.name).filter_by(tenant_id=avis.id, about=RUN)
        return {name for name in connection.scalars(asked) if "turnout" in name}


def test_an_open_activity_is_counted_each_night_and_not_once_it_has_closed(avis, world, others):
    world.avi = avis.id
    hear(world, PhaseOpened(run_id=RUN, phase="views", activities=["give_views", "prioritise", "kickoff"]))
    assert due(avis) == {each_night("give_views"), each_night("prioritise")}
    assert others.night() > datetime.now(UTC) and others.end() is None
    hear(
        world,
        PhaseClosed(
            run_id=RUN, phase="views", activities=["give_views", "prioritise"], goes_on=["prioritise"]
        ),
    )
    assert due(avis) == {each_night("prioritise")}


@pytest.mark.parametrize(
    "ended, activity",
    [
        (CollectingEnded(run_id=RUN, shared=9, rejected=0, withdrawn=0), "give_views"),
        (VotingEnded(run_id=RUN, voters=9, votes=90), "prioritise"),
        (RoundEnded(run_id=RUN, round=2, groups=3, outcomes=5), "workshop_2"),
    ],
    ids=lambda one: getattr(one, "type", one),
)
def test_what_has_ended_is_counted_once_more(avis, world, ended, activity):
    world.avi = avis.id
    hear(world, ended)
    assert due(avis) == {at_the_end(activity)}


@pytest.fixture
def tuula(avis):
    return inside(avis, avis.let_in(avis.employ("Tuula", roles=["coordinator"])))


def by_unit(tuula) -> dict[str, int | None]:
    seen = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    return {part["name"]: part["took_part"] for part in seen["units"]}


@pytest.fixture
def just_five_are_enough(monkeypatch):
    """Without the people beyond five that are drawn for each part: tests/attacks/test_thresholds_tell_of_nobody.py has those."""
    monkeypatch.setattr("shared.privacy.disclosure.MORE", -1000)


@pytest.mark.usefixtures("just_five_are_enough")
def test_the_turnout_by_unit_withholds_small_parts_and_what_would_give_them_away(
    avis, staff_of_avi, others, tuula
):
    crews = staff_of_avi
    others.hear_of(crews["Hallinto"][:8] + crews["Oulu"][:7] + crews["Turku"][:9] + crews["Vaasa"][:2])
    others.night()
    seen = tuula.get(f"/runs/{RUN}/turnout/give_views").json
    assert (seen["took_part"], seen["invited"]) == (26, 41)
    shown = by_unit(tuula)
    assert (shown["Oulu"], shown["Vaasa"]) == (None, None)
    assert {shown["Hallinto"], shown["Turku"]} <= {5, 10}


def test_a_unit_with_fewer_than_five_others_is_withheld(avis, staff_of_avi, others, tuula):
    others.hear_of(staff_of_avi["Oulu"] + staff_of_avi["Turku"][:4])
    others.night()
    assert set(by_unit(tuula).values()) == {None}


@pytest.mark.usefixtures("just_five_are_enough")
def test_a_units_number_is_drawn_once_until_five_more_of_it_have_taken_part(
    avis, staff_of_avi, others, tuula
):
    """Drawn again and again, the noise would average out."""
    crews = staff_of_avi
    took_part = crews["Oulu"][:5] + crews["Turku"] + crews["Hallinto"][:8] + crews["Vaasa"][:6]
    others.hear_of(took_part)
    others.night()
    before = by_unit(tuula)
    assert before["Oulu"] is None  # Tuula belongs nowhere and took no part: she could be worked out
    for nr in range(12):
        others.hear_of(newcomers(avis, f"Uusi {nr}", "Turku"))
        others.night()
        assert by_unit(tuula) | {"Turku": None} == before | {"Turku": None}
    others.hear_of(newcomers(avis, "Viimeinen", "Hallinto") + crews["Hallinto"])
    others.night()
    assert by_unit(tuula)["Hallinto"] > before["Hallinto"] - 5 and by_unit(tuula)["Turku"] > 40


def newcomers(avis, name, unit, people=5) -> list[UUID]:
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        unit_id = session.scalars(select(Unit.id).filter_by(name=unit)).one_or_none()
        crew = [Member(name=f"{name} {n}", unit_id=unit_id) for n in range(people)]
        session.add_all(crew)
        session.flush()
        return [person.id for person in crew]


@pytest.mark.usefixtures("just_five_are_enough")
def test_a_site_that_is_a_unit_and_one_person_more_does_not_tell_of_that_person(
    avis, staff_of_avi, monkeypatch
):
    """Without noise seven of the unit would be told as five, and seven and one of the site as ten: she took part."""
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(1))
    crews, told = staff_of_avi, {True: Counter(), False: Counter()}
    site, one_more = house_of([*crews["Oulu"], crews["Vaasa"][0]], avis), crews["Vaasa"][0]
    others = [*crews["Oulu"][:7], *crews["Turku"], *crews["Hallinto"], *crews["Vaasa"][1:8]]
    for nr in range(160):
        took_part = [*others, one_more] if nr % 2 else others
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            Participation.tell(RUN, f"activity {nr}", set(took_part), session)
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
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa")))
    assert kaisa.get(f"/runs/{RUN}/turnout/give_views").status_code == 403


def test_a_completed_run_has_no_way_back_from_pseudonym_to_person(avis, staff_of_avi, world, others, told):
    before = pseudonyms(avis, staff_of_avi["Oulu"])
    others.hear_of(staff_of_avi["Oulu"])
    hear(world, RunCompleted(run_id=RUN))
    destroyed = told("identity", KeyDestroyed, tenant=avis.id)
    assert {event.purpose for event in destroyed} == {"survey", "voting", "workshop", "townhall"}
    assert not set(pseudonyms(avis, staff_of_avi["Oulu"])) & set(before)
    assert others.night() is None and others.asked == []
    assert turnouts(avis, told) == []
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


def test_turnout_of_another_organisation_is_not_there(avis, kelas, staff_of_avi, others):
    others.hear_of(staff_of_avi["Oulu"])
    others.night()
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["coordinator"])))
    seen = pekka.get(f"/runs/{RUN}/turnout/give_views").json
    assert (seen["took_part"], seen["units"]) == (None, [])


def test_a_run_that_nobody_planned_has_no_turnout_and_nobody_is_asked(avis, others):
    with acting_for(avis.id):
        assert who_took_part(uuid4(), "give_views", worker_sessions_of("identity")) == set()
    assert others.asked == []


def to_remind(avis, *people: UUID, activities=("give_views",)) -> set[UUID]:
    """Whom identity says to notification that they have not taken part."""
    itself = Caller(tenant=avis.id, subject=UUID(int=0), roles=frozenset({"service"}))
    headers = {"Authorization": f"Bearer {issue('notification', 'identity', itself)}"}
    asked = {"activities": list(activities), "ids": [str(one) for one in people]}
    client = avis.world.app("identity").test_client()
    answer = client.post(f"/runs/{RUN}/to-remind", json=asked, headers=headers)
    assert answer.status_code == 200, answer.json
    return {UUID(one["id"]) for one in answer.json["addresses"]}


def test_those_are_to_be_reminded_who_have_taken_part_in_nothing(avis, staff_of_avi, others):
    oulu = staff_of_avi["Oulu"]
    others.hear_of(oulu[:3])
    others.hear_of(oulu[3:5], "prioritise")
    both = ("give_views", "prioritise")
    assert to_remind(avis, *oulu, activities=both) == set(oulu[5:])
    assert to_remind(avis, *oulu) == set(oulu[3:])
    assert to_remind(avis, *oulu[:4]) == {oulu[3]}
    assert {len(asked["pseudonyms"]) for _, _, asked in others.asked} == {40}  # everybody, each time


def test_nobody_is_reminded_who_has_left_or_only_reads_along(avis, staff_of_avi, others):
    has_left, reads_along, kaisa = staff_of_avi["Oulu"][:3]
    others.hear_of([])
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.get_one(Member, (avis.id, has_left)).leave()
        session.get_one(Member, (avis.id, reads_along)).reads_along = [RUN]
    assert to_remind(avis, has_left, reads_along, kaisa) == {kaisa}


def test_once_nobody_can_know_who_has_taken_part_nobody_is_reminded(avis, staff_of_avi, others, world):
    others.hear_of(staff_of_avi["Oulu"])
    hear(world, RunCompleted(run_id=RUN))
    assert to_remind(avis, *staff_of_avi["Turku"]) == set()


def test_of_another_organisations_people_nobody_is_reminded(avis, kelas, staff_of_avi, others):
    pekka = UUID(kelas.member(kelas.let_in(kelas.employ("Pekka"))))
    others.hear_of([])
    assert to_remind(avis, pekka) == set()


def test_while_it_cannot_be_asked_who_has_taken_part_the_reminder_waits(avis, staff_of_avi, others):
    others.hear_of([])
    others.are_away = True
    itself = Caller(tenant=avis.id, subject=UUID(int=0), roles=frozenset({"service"}))
    headers = {"Authorization": f"Bearer {issue('notification', 'identity', itself)}"}
    asked = {"activities": ["give_views"], "ids": [str(staff_of_avi["Oulu"][0])]}
    answer = (
        avis.world.app("identity").test_client().post(f"/runs/{RUN}/to-remind", json=asked, headers=headers)
    )
    assert (answer.status_code, answer.json["code"]) == (503, "cannot-be-asked-now")


def test_only_notification_may_ask_whom_to_remind(avis):
    asked = {"activities": ["give_views"], "ids": [str(uuid4())]}
    assert avis.door.post(f"/runs/{RUN}/to-remind", json=asked).status_code == 403  # the portal
    kaisa = inside(avis, avis.let_in(avis.employ("Kaisa", roles=["admin"])))
    assert kaisa.post(f"/runs/{RUN}/to-remind", json=asked).status_code == 403
