"""The unbroken thread, both ways."""

from uuid import uuid4

from shared.contracts.practice import ClauseDropped
from shared.contracts.publishing import PassageRemoved, WorkbookWithdrawn
from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.workshop import OutcomeRecorded, QuestionPutAside, QuestionSourcesChanged
from tests.ways import WAYS


def pytest_generate_tests(metafunc) -> None:
    """Lineage is asked both ways."""
    if "told" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True)


def ids(answer) -> set[str]:
    return {thing["id"] for thing in answer.json["things"]}


def names(*things) -> set[str]:
    return {str(thing) for thing in things}


def test_from_a_view_forward_to_the_passage(told, thread):
    way = told.whole_thread()
    found = thread(way["view"], direction="forward")
    assert ids(found) == names(way["question"], way["deepened"], way["ideated"], way["passage"])
    assert [str(way["ideated"]), str(way["passage"])] in found.json["edges"]


def test_from_a_passage_back_to_its_views(told, thread):
    way = told.whole_thread()
    assert str(way["view"]) in ids(thread(way["passage"], direction="back"))


def test_from_a_clause_back_to_its_views(told, thread):
    way = told.whole_thread()
    clause = told.team_that_uses(way["passage"])
    assert names(way["passage"], way["view"]) <= ids(thread(clause, direction="back"))


def test_in_the_middle_the_thread_goes_both_ways(told, thread):
    way = told.whole_thread()
    assert names(way["view"], way["passage"]) <= ids(thread(way["question"]))


def test_a_walk_ends_where_it_was_asked_to(told, thread):
    way = told.whole_thread()
    assert ids(thread(way["view"], direction="forward", depth=1)) == names(way["question"], way["deepened"])
    assert thread(way["view"], depth=99).status_code == 422


def test_a_circle_does_not_walk_for_ever(told, thread):
    one, other = uuid4(), uuid4()
    told.passage(other, id=one), told.passage(one, id=other)
    assert ids(thread(one, "lead")) == names(one, other)


def test_what_became_of_many_views_is_asked_at_once(told, became):
    way, quiet = told.whole_thread(), told.view()
    told.ranking(**{str(way["view"]): 41})
    found = became(way["view"], quiet, uuid4())
    assert found[str(way["view"])] == {
        "readings": 41,
        "stands": True,
        "questions": [str(way["question"])],
        "outcomes": sorted(names(way["deepened"], way["ideated"])),
        "passages": [{"id": str(way["passage"]), "kind": "idea_card", "number": 1}],
        "teams": None,
    }
    assert found[str(quiet)]["questions"] == [] and set(found) == names(way["view"], quiet)


def test_readings_may_be_heard_of_before_the_view_itself(told, became):
    from shared.contracts.survey import ViewShared

    view = uuid4()
    told.ranking(**{str(view): 7})
    told.tell(ViewShared(run_id=told.run_id, theme_id=told.theme_id, view_id=view, language="fi"))
    assert became(view)[str(view)]["readings"] == 7


def test_things_may_be_heard_of_in_any_order(told, thread):
    view, question, outcome = uuid4(), uuid4(), uuid4()
    passage = told.passage(outcome)
    facts = {"run_id": told.run_id, "question_id": question}
    told.tell(OutcomeRecorded(outcome_id=outcome, round=1, derived_from=[], **facts))
    told.tell(QuestionSourcesChanged(derived_from=[view], **facts))
    assert ids(thread(passage, "lead", direction="back")) == names(outcome)
    from shared.contracts.survey import ViewShared
    from shared.contracts.workshop import QuestionTabled

    told.tell(QuestionTabled(theme_id=told.theme_id, derived_from=[view], **facts))
    told.tell(ViewShared(run_id=told.run_id, theme_id=told.theme_id, view_id=view, language="fi"))
    assert ids(thread(passage, "lead", direction="back")) == names(outcome, question, view)


def test_new_sources_replace_the_old(told, thread):
    first, second = told.view(), told.view()
    question = told.question(first)
    told.tell(QuestionSourcesChanged(run_id=told.run_id, question_id=question, derived_from=[second]))
    assert ids(thread(question)) == names(second)


def test_a_view_taken_back_stays_a_knot_without_words(told, thread):
    way = told.whole_thread()
    told.tell(ViewWithdrawn(run_id=told.run_id, theme_id=told.theme_id, view_id=way["view"]))
    found = thread(way["passage"], direction="back")
    assert {thing["stands"] for thing in found.json["things"] if thing["kind"] == "view"} == {False}


def test_a_rejected_view_does_not_stand_and_an_accepted_one_does_again(told, became):
    view = told.view()
    facts = {"run_id": told.run_id, "theme_id": told.theme_id, "view_id": view}
    told.tell(ViewModerated(decision="rejected", **facts))
    assert became(view)[str(view)]["stands"] is False
    told.tell(ViewModerated(decision="accepted", **facts))
    assert became(view)[str(view)]["stands"] is True


def test_readers_see_only_what_is_finished(told, thread, became):
    view = told.view()
    question = told.question(view)
    outcome = told.outcome(question, signed=False)
    draft = told.passage(question)
    told.edition(draft, launched=False)
    assert ids(thread(view)) == names(question)
    assert ids(thread(view, "editor")) == names(question, outcome, draft)
    assert became(view)[str(view)]["passages"] == []


def test_a_withdrawn_launch_is_nobodys_to_read(told, became):
    way = told.whole_thread()
    second = told.edition(way["passage"], number=2)
    assert became(way["view"])[str(way["view"])]["passages"][0]["number"] == 2
    told.tell(WorkbookWithdrawn(run_id=told.run_id, edition_id=second, number=2))
    assert became(way["view"])[str(way["view"])]["passages"][0]["number"] == 1


def test_what_was_put_aside_or_taken_out_does_not_stand(told, thread):
    way = told.whole_thread()
    other = told.question(way["view"])
    told.tell(QuestionPutAside(run_id=told.run_id, question_id=other))
    told.tell(PassageRemoved(run_id=told.run_id, passage_id=way["passage"]))
    found = ids(thread(way["view"], direction="forward"))
    assert str(other) not in found and str(way["passage"]) not in found


def test_four_teams_are_nobodys_business_and_five_are_a_number(told, became, thread):
    way = told.whole_thread()
    for _ in range(4):
        told.team_that_uses(way["passage"])
    told.team_that_uses(way["passage"], signed=False)
    assert became(way["view"])[str(way["view"])]["teams"] is None
    told.team_that_uses(way["passage"])
    assert became(way["view"])[str(way["view"])]["teams"] == 5
    assert thread(way["passage"]).json["start"]["teams"] == 5


def test_a_dropped_clause_is_no_use(told, became):
    way = told.whole_thread()
    clauses = [told.team_that_uses(way["passage"]) for _ in range(5)]
    told.tell(ClauseDropped(run_id=told.run_id, agreement_id=uuid4(), clause_id=clauses[0]))
    assert became(way["view"])[str(way["view"])]["teams"] is None


def test_no_answer_tells_which_team(told, thread):
    way = told.whole_thread()
    clause = told.team_that_uses(way["passage"])
    for role in ("participant", "lead", "coordinator"):
        answer = thread(way["view"], role)
        assert str(clause) not in answer.text and "agreement" not in answer.text


def test_a_whole_run_is_whole(told, summary):
    told.whole_thread()
    assert summary() == {
        "edges": 6,
        "things": {"view": 1, "question": 1, "outcome": 2, "passage": 1},
        "passages_without_views": [],
        "outcomes_without_views": [],
        "orphan_outcomes": [],
    }


def test_a_passage_that_speaks_for_the_staff_without_a_view_is_named(told, summary):
    invented, from_nothing = told.passage(kind="idea_card"), told.passage(uuid4(), kind="text")
    told.passage(kind="text"), told.passage(kind="chapter")
    assert summary()["passages_without_views"] == sorted(names(invented, from_nothing))


def test_outcomes_that_hang_on_nothing_or_lead_nowhere_are_named(told, summary):
    way = told.whole_thread()
    nowhere = told.outcome(way["question"])
    on_nothing = told.outcome(uuid4())
    assert summary()["orphan_outcomes"] == sorted(names(nowhere, on_nothing))
    assert summary()["outcomes_without_views"] == [str(on_nothing)]


def test_participants_do_not_see_the_summary(told, http):
    assert http("lineage").as_("participant").get(f"/runs/{told.run_id}/edges/summary").status_code == 403


def test_the_stranger_finds_no_thread(told, pekka):
    way = told.whole_thread()
    assert pekka("lineage").get(f"/threads/{way['view']}").status_code == 404
    asked = pekka("lineage").post("/threads/lookup", json={"ids": [str(way["view"])]})
    assert asked.json == {"threads": {}}
    assert pekka("lineage").get(f"/runs/{told.run_id}/edges/summary").json["edges"] == 0


def test_nothing_stored_says_who_or_when(database):
    from services.lineage.models import Base

    kinds = {str(column.type) for table in Base.metadata.tables.values() for column in table.columns}
    assert kinds <= {"UUID", "CHAR(32)", "VARCHAR", "BOOLEAN", "INTEGER"}
