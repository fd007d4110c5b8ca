"""Questions grow from views; staff word, join, split and table them; every change has its line."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import QuestionPutAside, QuestionSourcesChanged, QuestionTabled


def test_every_seat_proposes_a_question(run):
    run.release_ranking()
    questions = run.questions()
    assert [question["view_ids"] for question in questions] == [[str(view)] for view in run.seats]
    assert {question["state"] for question in questions} == {"proposed"}


def test_without_seats_the_top_of_the_ranking_proposes(run):
    ranking = [uuid4() for _ in range(6)]
    run.hear("workshop", RankingReleased(run_id=run.id, theme_id=run.theme, ranking=ranking, seats=[]))
    assert [question["view_ids"] for question in run.questions()] == [[str(view)] for view in ranking[:3]]


def test_a_ranking_released_again_leaves_what_staff_have_done(run):
    run.release_ranking()
    run.table(run.questions()[0])
    run.release_ranking()
    assert [question["state"] for question in run.questions()] == ["tabled", "proposed"]


def test_staff_see_the_ranked_views_to_choose_from(run):
    run.release_ranking()
    ranked = run.anna.get(f"/runs/{run.id}/ranked-views").json
    assert [view["view_id"] for view in ranked] == [str(view) for view in [*run.seats, *run.others]]
    assert ranked[0] | {"view_id": ""} == {
        "view_id": "",
        "theme_id": str(run.theme),
        "rank": 1,
        "has_seat": True,
        "is_read_enough": True,
        "readings": 40,
    }


def test_a_question_comes_to_the_table_with_its_views(run, told):
    run.release_ranking()
    question = run.questions()[0]
    run.anna.post(f"/questions/{question['id']}/sources", json={"view_id": str(run.others[0])})
    run.table(question)
    [tabled] = told("workshop", QuestionTabled)
    assert tabled.derived_from == [run.seats[0], run.others[0]]
    assert tabled.theme_id == run.theme


def test_a_question_without_wording_does_not_come_to_the_table(run):
    run.release_ranking()
    answer = run.anna.post(f"/questions/{run.questions()[0]['id']}/table")
    assert (answer.status_code, answer.json["code"]) == (409, "no-wording-yet")


def test_changing_the_views_of_a_tabled_question_is_told_and_of_a_proposed_one_is_not(run, told):
    run.release_ranking()
    first, second = run.questions()
    run.table(first)
    for question in (first, second):
        run.anna.post(f"/questions/{question['id']}/sources", json={"view_id": str(run.others[1])})
    [changed] = told("workshop", QuestionSourcesChanged)
    assert changed.derived_from == [run.seats[0], run.others[1]]


def test_joining_brings_the_views_and_undoing_gives_them_back(run):
    run.release_ranking()
    first, second = run.questions()
    joined = run.anna.post(f"/questions/{first['id']}/join", json={"other_id": second["id"]}).json
    assert joined["view_ids"] == [str(view) for view in run.seats]
    assert run.questions()[1]["state"] == "joined"
    run.anna.post(f"/questions/{first['id']}/undo")
    assert [question["view_ids"] for question in run.questions()] == [[str(view)] for view in run.seats]
    assert run.questions()[1]["state"] == "proposed"


def test_splitting_makes_a_question_of_its_own_and_undoing_takes_it_in_again(run):
    run.release_ranking()
    question = run.questions()[0]
    for view in run.others[:2]:
        run.anna.post(f"/questions/{question['id']}/sources", json={"view_id": str(view)})
    chosen = [str(run.others[0])]
    part = run.anna.post(f"/questions/{question['id']}/split", json={"views": chosen}).json
    assert part["view_ids"] == chosen
    assert run.anna.get(f"/questions/{question['id']}").json["view_ids"] == [
        str(run.seats[0]),
        str(run.others[1]),
    ]
    again = run.anna.post(f"/questions/{question['id']}/undo").json
    assert set(again["view_ids"]) == {str(run.seats[0]), *map(str, run.others[:2])}
    assert run.anna.get(f"/questions/{part['id']}").json["state"] == "joined"


def test_all_views_cannot_be_split_off(run):
    run.release_ranking()
    question = run.questions()[0]
    answer = run.anna.post(f"/questions/{question['id']}/split", json={"views": question["view_ids"]})
    assert answer.json["code"] == "nothing-to-split"


def test_a_question_joins_only_one_of_its_own_theme(run):
    run.release_ranking()
    other_theme = {"theme_id": str(uuid4()), "views": [str(uuid4())], "wording": {"fi": "Muu?"}}
    stranger = run.anna.post(f"/runs/{run.id}/questions", json=other_theme).json
    first = run.questions()[0]
    assert (
        run.anna.post(f"/questions/{first['id']}/join", json={"other_id": stranger["id"]}).status_code == 409
    )
    assert run.anna.post(f"/questions/{first['id']}/join", json={"other_id": first["id"]}).status_code == 409


def test_putting_aside_needs_a_reason_and_can_be_taken_back(run, told):
    run.release_ranking()
    path = f"/questions/{run.questions()[0]['id']}/put-aside"
    for nothing in (" ", "\u00ad"):  # a soft hyphen shows nothing
        assert run.anna.post(path, json={"reason": nothing}).json["code"] == "reason-needed"
    assert run.anna.post(path, json={"reason": "Kuuluu johtoryhmälle"}).json["state"] == "put_aside"
    assert len(told("workshop", QuestionPutAside)) == 1
    assert run.anna.delete(path).json["state"] == "proposed"


def test_the_log_says_who_did_what_and_why(run):
    run.release_ranking()
    question = run.questions()[0]
    run.anna.post(f"/questions/{question['id']}/put-aside", json={"reason": "Liian laaja"})
    changes = run.anna.get(f"/questions/{question['id']}").json["changes"]
    assert [(change["what"], change["by"], change["reason"]) for change in changes] == [
        ("proposed", None, ""),
        ("put_aside", str(run.anna_id), "Liian laaja"),
    ]


def test_a_withdrawn_or_rejected_view_stands_behind_nothing(run, told):
    run.release_ranking()
    first, second = run.questions()
    run.table(first)
    run.hear("workshop", ViewWithdrawn(run_id=run.id, theme_id=run.theme, view_id=run.seats[0]))
    rejected = ViewModerated(run_id=run.id, theme_id=run.theme, view_id=run.seats[1], decision="rejected")
    run.hear("workshop", rejected)
    assert [question["view_ids"] for question in run.questions()] == [[], []]
    assert told("workshop", QuestionSourcesChanged)[-1].derived_from == []
    assert len(run.anna.get(f"/runs/{run.id}/ranked-views").json) == 4


def test_a_view_of_whose_end_we_heard_before_its_ranking_is_not_brought_to_the_table(run):
    about = {"run_id": run.id, "theme_id": run.theme}
    run.hear("workshop", ViewWithdrawn(view_id=run.seats[0], **about))
    run.hear("workshop", ViewModerated(view_id=run.others[0], decision="rejected", **about))
    run.release_ranking()
    assert [question["view_ids"] for question in run.questions()] == [[str(run.seats[1])]]
    assert ranked(run) == [str(view) for view in [run.seats[1], *run.others[1:]]]


def test_a_view_that_a_moderator_lets_stand_after_all_may_be_chosen_again_and_one_taken_back_may_not(run):
    run.release_ranking()
    for decision in ("rejected", "accepted"):
        for view in run.seats:
            moderated = ViewModerated(run_id=run.id, theme_id=run.theme, view_id=view, decision=decision)
            run.hear("workshop", moderated)
        run.hear("workshop", ViewWithdrawn(run_id=run.id, theme_id=run.theme, view_id=run.seats[1]))
    assert ranked(run) == [str(view) for view in [run.seats[0], *run.others]]


def ranked(run) -> list[str]:
    return [view["view_id"] for view in run.anna.get(f"/runs/{run.id}/ranked-views").json]


def test_participants_see_the_table_only_and_change_nothing(run):
    run.release_ranking()
    question = run.table(run.questions()[0])
    kaisa = run.person()
    assert [one["id"] for one in kaisa.get(f"/runs/{run.id}/questions").json] == [question["id"]]
    assert kaisa.put(f"/questions/{question['id']}/wording", json={"wording": {"fi": "?"}}).status_code == 403


def test_a_pseudonym_of_another_run_sees_nothing(run):
    run.release_ranking()
    elsewhere = run.door.as_("participant", run_id=uuid4())
    assert elsewhere.get(f"/runs/{run.id}/questions").status_code == 404


def test_the_stranger_finds_no_question(run, pekka):
    run.release_ranking()
    question = run.questions()[0]
    assert pekka("workshop").get(f"/questions/{question['id']}").status_code == 404
    assert pekka("workshop").post(f"/questions/{question['id']}/table").status_code == 404


def test_of_two_who_word_a_question_the_second_sees_the_first(run):
    run.release_ranking()
    address = f"/questions/{run.questions()[0]['id']}/wording"
    seen = {"was": {"wording": {}}}
    assert run.anna.put(address, json=seen | {"wording": {"fi": "Mikä auttaa?"}}).status_code == 200
    refused = run.bertil.put(address, json=seen | {"wording": {"fi": "Mistä apua?", "sv": ""}})
    assert (refused.status_code, refused.json["code"]) == (409, "changed-meanwhile")
    assert refused.json["stands"] == {"wording/fi": "Mikä auttaa?"}
    assert run.questions()[0]["wording"] == {"fi": "Mikä auttaa?"}
    seen = {"was": {"wording": {"fi": "Mikä auttaa?"}}}
    assert run.bertil.put(address, json=seen | {"wording": {"fi": "Mistä apua?"}}).status_code == 200
    assert run.questions()[0]["wording"] == {"fi": "Mistä apua?"}


def test_one_words_a_question_in_finnish_and_another_in_swedish(run):
    run.release_ranking()
    address = f"/questions/{run.questions()[0]['id']}/wording"
    seen = {"was": {"wording": {}}}
    run.anna.put(address, json=seen | {"wording": {"fi": "Mikä auttaa?"}})
    assert run.bertil.put(address, json=seen | {"wording": {"sv": "Vad hjälper?"}}).status_code == 200
    assert run.questions()[0]["wording"] == {"fi": "Mikä auttaa?", "sv": "Vad hjälper?"}


def test_of_two_who_word_a_question_at_the_same_moment_one_is_refused(run):
    run.release_ranking()
    address = f"/questions/{run.questions()[0]['id']}/wording"
    for number in range(10):
        was = {"was": {"wording": run.questions()[0]["wording"]}}
        asked = [was | {"wording": {"fi": f"{who} {number}"}} for who in ("Anna", "Bertil")]
        with ThreadPoolExecutor() as both:
            answers = list(both.map(lambda body: run.anna.put(address, json=body).status_code, asked))
        assert sorted(answers) == [200, 409]
