from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.models import Standing
from shared.contracts.process import RunMoved
from shared.contracts.publishing import EditionApproved, WorkbookLaunched
from shared.contracts.townhall import TownhallEnded
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import RoundEnded
from shared.tenancy.sessions import acting_for


def goals(run_id):
    return {
        "kickoff": TownhallEnded(run_id=run_id, hall_id=uuid4(), signed_up=1, questions=0, answered=0),
        "deepen": RoundEnded(run_id=run_id, round=1, groups=3, outcomes=6),
        "ideate": RoundEnded(run_id=run_id, round=2, groups=3, outcomes=6),
        "workbook": EditionApproved(run_id=run_id, workbook_id=uuid4()),
        "launch": WorkbookLaunched(
            run_id=run_id, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC)
        ),
    }


@pytest.mark.parametrize("phase", ["kickoff", "deepen", "ideate", "workbook", "launch"])
def test_the_others_bring_a_phase_to_its_goal_and_people_move_on(
    signed_run, moved_to, on_the_way, hear, phase
):
    run = signed_run()
    moved_to(run, phase)
    hear("process", goals(run.id)[phase])
    with on_the_way(run) as mine:
        assert mine.current.key == phase and mine.current.may_end_well
        assert "move_on" in mine.waiting


def test_a_ranking_that_stands_was_read_enough(signed_run, moved_to, on_the_way, hear):
    run, theme = signed_run(), uuid4()
    moved_to(run, "priorities")
    few = RankingReleased(run_id=run.id, theme_id=theme, ranking=[], seats=[], not_read_enough=[uuid4()])
    hear("process", few)
    with on_the_way(run) as mine:
        assert not mine.current.may_end_well
    hear("process", RankingReleased(run_id=run.id, theme_id=theme, ranking=[], seats=[]))
    with on_the_way(run) as mine:
        assert mine.current.may_end_well


def moved(client, consultancy, run_id, **more) -> RunMoved:
    return RunMoved(
        run_id=run_id, client_id=client, consultancy_id=consultancy, **({"phase": "views"} | more)
    )


def test_the_cockpit_has_one_row_a_run_in_the_consultancys_rooms(avi, hear, session_of, consultancy, http):
    run, when = uuid4(), datetime.now(UTC) + timedelta(days=3)
    hear(
        "process",
        moved(avi, consultancy, run),
        moved(avi, consultancy, run, phase="priorities", next_at=when),
    )
    with session_of("process") as session:
        assert session.query(Standing).count() == 0
    with acting_for(consultancy):
        rows = http("process").of(consultancy).as_("lead").get("/cockpit").json
    assert [(row["phase"], row["client_id"]) for row in rows] == [("priorities", str(avi))]


def test_what_needs_a_person_comes_first_in_the_cockpit(avi, hear, consultancy, http):
    calm, waiting = uuid4(), uuid4()
    hear("process", moved(avi, consultancy, calm), moved(avi, consultancy, waiting, waiting=["move_on"]))
    rows = http("process").of(consultancy).as_("lead").get("/cockpit").json
    assert [row["run_id"] for row in rows] == [str(waiting), str(calm)]


def test_another_consultancy_sees_nothing_of_it(avi, hear, consultancy, pekka):
    hear("process", moved(avi, consultancy, uuid4()))
    assert pekka("process").get("/cockpit").json == []
