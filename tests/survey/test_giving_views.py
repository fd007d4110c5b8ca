"""Giving views, before, during and after the phase; following them; taking them back."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.contracts.process import PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import CollectingEnded, ViewRevised, ViewShared, ViewWithdrawn
from shared.contracts.townhall import QuestionCarriedForward
from shared.privacy.keys import KeyName, keys_of
from tests.survey.conftest import RECEIPT, let_all_leave

SPRING = datetime(2027, 3, 14, 9, tzinfo=UTC)


def test_a_planned_run_has_its_four_themes_in_the_writers_language(run):
    finnish, swedish = run.writer("fi").themes, run.writer("sv").themes
    assert [theme["key"] for theme in finnish] == [
        "meetings",
        "digital_habits",
        "availability",
        "togetherness",
    ]
    assert finnish[0]["name"] == "Kokouskäytännöt" and swedish[0]["name"] == "Mötespraxis"


def test_somebody_who_reads_another_language_today_gets_the_themes_in_it(kaisa):
    themes = kaisa.door.get(f"/runs/{kaisa.run_id}/collecting", query_string={"language": "en"}).json[
        "themes"
    ]
    assert themes[0]["name"] == "Meetings"


def test_a_run_of_another_template_collects_nothing(run, hear, http):
    other = uuid4()
    hear("survey", RunPlanned(run_id=other, template="something-else", languages=["fi"]))
    hear("survey", PhaseOpened(run_id=other, phase="views", activities=["give_views"]))
    writer = http("survey").as_("participant", run_id=other)
    assert writer.get(f"/runs/{other}/collecting").status_code == 404
    assert not keys_of("survey").is_alive(KeyName(writer.who.tenant, other, "authors"))
    assert keys_of("survey").is_alive(KeyName(writer.who.tenant, run.id, "authors"))


def test_where_moderation_comes_after_a_view_stands_before_colleagues_as_soon_as_it_has_left(
    run, kaisa, told
):
    run.opens(moderation="after")
    answer = kaisa.gives("Puheenvuorot kysytään ensin ruudun toiselta puolelta.")
    assert answer.status_code == 201 and answer.json["view"]["waits_for_others"]
    assert answer.json["view"]["status"] == "waiting" and not told("survey", ViewShared)
    let_all_leave(run.id)
    (view,) = kaisa.own()
    assert view["status"] == "shared" and not view["waits_for_others"]
    assert [str(shared.view_id) for shared in told("survey", ViewShared)] == [view["id"]]


def test_collecting_goes_on_into_the_next_phase_when_the_plan_says_so(run, kaisa):
    run.opens().closes(goes_on=["give_views"])
    assert kaisa.gives().status_code == 201


def test_the_agreed_end_moves_with_the_plan(run, kaisa, hear):
    run.opens()
    hear("survey", PhaseMoved(run_id=run.id, phase="views", closes_at=SPRING))
    hear("survey", PhaseMoved(run_id=run.id, phase="launch", closes_at=None))
    assert datetime.fromisoformat(kaisa.collecting()["closes_at"]) == SPRING


def test_a_view_longer_than_colleagues_read_is_refused_with_a_sentence(run, kaisa):
    run.opens()
    refused = kaisa.gives("a" * 2001)
    assert refused.json["code"] == "too-long" and "2,000" in refused.json["detail"]
    assert kaisa.gives("a" * 2000).status_code == 201


def test_what_a_keyboard_slips_in_unseen_is_not_kept(run, kaisa):
    run.opens()
    assert kaisa.gives("Yksi\x00\r\nkaksi ").json["view"]["text"] == "Yksi\nkaksi"


def test_an_impatient_double_click_is_one_view_with_one_receipt(run, kaisa, receipt, told):
    run.opens()
    first, second = kaisa.gives("Kerran.", receipt=receipt), kaisa.gives("Kerran.", receipt=receipt)
    assert first.json == second.json and len(kaisa.own()) == 1
    let_all_leave(run.id)
    third = kaisa.gives("Kerran.", receipt=receipt)
    assert third.json["view"]["id"] == first.json["view"]["id"] and third.json["receipt"] == receipt
    assert len(told("survey", ViewShared)) == len(kaisa.own()) == 1


def test_an_old_form_with_new_words_is_a_new_view_with_a_receipt_of_its_own(run, kaisa, receipt):
    run.opens()
    kaisa.gives("Ensimmäinen.", receipt=receipt)
    second = kaisa.gives("Toinen.", receipt=receipt)
    let_all_leave(run.id)
    third = kaisa.gives("Kolmas.", receipt=receipt)
    assert len({receipt, second.json["receipt"], third.json["receipt"]}) == 3 and len(kaisa.own()) == 3


def test_another_persons_receipt_gives_nothing_away(run, kaisa, matti, receipt):
    run.opens()
    view = kaisa.has_given("Sama.", receipt=receipt)
    given = matti.gives("Sama.", receipt=receipt).json
    assert given["receipt"] != receipt and given["view"]["id"] != view["id"]


def test_my_views_are_found_by_my_pseudonym_on_any_device(run, kaisa, matti):
    run.opens()
    kaisa.gives("Minun.")
    matti.gives("Hänen.")
    assert [view["text"] for view in kaisa.own()] == ["Minun."]


def test_my_views_are_found_by_their_receipts_when_nobody_knows_me(run, kaisa):
    run.opens()
    receipt = kaisa.gives("Minun.").json["receipt"]
    let_all_leave(run.id)
    stranger_to_myself = run.writer()
    assert [view["text"] for view in stranger_to_myself.own(receipt)] == ["Minun."]
    found = stranger_to_myself.door.post("/receipts", json={"receipts": [receipt, RECEIPT.format(9)]})
    assert [view["text"] for view in found.json["views"]] == ["Minun."]


def test_a_view_is_put_in_other_words_by_its_author(run, kaisa, told):
    run.opens(moderation="after")
    view = kaisa.has_given("Vanha.")
    assert kaisa.revises(view, "Uusi.").json["text"] == "Uusi."
    assert kaisa.sees(view)["waits_for_others"] and not told("survey", ViewRevised)
    let_all_leave(run.id)
    assert kaisa.sees(view)["text"] == "Uusi." and not kaisa.sees(view)["waits_for_others"]
    assert len(told("survey", ViewRevised)) == 1


def test_a_view_that_waits_is_put_in_other_words_before_anybody_reads_it(run, kaisa, minna):
    run.opens(moderation="before")
    view = kaisa.gives("Vanha.").json["view"]
    assert kaisa.revises(view, "Uusi.").json["text"] == "Uusi."
    let_all_leave(run.id)
    assert [(held["text"], held["earlier_text"]) for held in minna.takes()] == [("Uusi.", None)]


def test_a_view_is_put_in_other_words_by_receipt(run, kaisa, receipt):
    run.opens()
    view = kaisa.has_given("Vanha.", receipt=receipt)
    somebody = run.writer()
    assert somebody.revises(view, "Uusi.", receipt).json["text"] == "Uusi."
    let_all_leave(run.id)
    assert kaisa.sees(view)["text"] == "Uusi."


def test_nobody_puts_words_into_a_colleagues_mouth(run, kaisa, matti):
    run.opens()
    view, waiting = kaisa.has_given("Minun."), kaisa.gives("Odottaa.", theme=1).json["view"]
    assert matti.revises(waiting, "Matin.").status_code == matti.withdraws(waiting).status_code == 404
    assert matti.revises(view, "Matin.").status_code == 404
    assert matti.revises(view, "Matin.", RECEIPT.format(5)).status_code == 404
    assert matti.withdraws(view).status_code == 404
    assert {own["text"] for own in kaisa.own()} == {"Minun.", "Odottaa."}


def test_a_view_is_not_reworded_after_the_phase(run, kaisa):
    run.opens()
    view = kaisa.has_given()
    run.closes()
    assert kaisa.revises(view, "Jälkiviisas.").json["code"] == "collecting-has-ended"


def test_a_view_taken_back_loses_its_words_everywhere_at_once_and_is_told_at_night(run, kaisa, matti, told):
    run.opens()
    view = kaisa.has_given("Kadun tätä.")
    matti.has_given()
    assert kaisa.withdraws(view).json["status"] == "withdrawn"
    assert kaisa.own()[0]["text"] is None
    assert [other["id"] for other in matti.reads().json["items"]] != [view["id"]]
    assert not told("survey", ViewWithdrawn)
    run.the_night_passes()
    assert [str(gone.view_id) for gone in told("survey", ViewWithdrawn)] == [view["id"]]


def test_what_was_taken_back_in_a_day_is_told_together_and_once(run, told):
    run.opens()
    writers = [run.writer() for _ in range(8)]
    views = [writer.has_given() for writer in writers]
    for writer, view in zip(writers, views, strict=True):
        writer.withdraws(view)
    run.the_night_passes(), run.the_night_passes()
    gone = [str(event.view_id) for event in told("survey", ViewWithdrawn)]
    assert sorted(gone) == sorted(view["id"] for view in views)
    assert gone != [view["id"] for view in views]  # by chance once in 40,320 times


def test_a_view_taken_back_before_it_left_was_never_anywhere(run, kaisa, minna, told):
    run.opens(moderation="before")
    view = kaisa.gives("Kadun tätä.").json["view"]
    assert kaisa.withdraws(view).json["status"] == "withdrawn"
    assert kaisa.sees(view)["text"] is None
    let_all_leave(run.id)
    assert minna.takes() == [] and kaisa.sees(view)["status"] == "withdrawn"
    assert run.the_night_passes() == 0 and not told("survey", ViewWithdrawn)


def test_a_new_wording_that_waits_goes_with_the_view_that_is_taken_back(run, kaisa):
    run.opens()
    view = kaisa.has_given("Vanha.")
    kaisa.revises(view, "Uusi.")
    assert kaisa.withdraws(view).json["words"] == {"text": "Uusi.", "language": "fi"}
    let_all_leave(run.id)
    assert kaisa.sees(view)["text"] is None and kaisa.sees(view)["status"] == "withdrawn"


def test_a_view_taken_back_by_receipt_meanwhile_holds_up_no_new_wording(run, kaisa, matti, receipt):
    run.opens()
    view = kaisa.has_given("Vanha.", receipt=receipt)
    kaisa.revises(view, "Uusi.")
    run.writer().withdraws(view, receipt)
    assert kaisa.sees(view)["text"] is None
    assert matti.has_given()["status"] == "shared" and kaisa.sees(view)["status"] == "withdrawn"


def test_a_view_can_be_taken_back_by_receipt_long_after_the_phase(run, kaisa, told):
    run.opens()
    given = kaisa.gives().json
    run.closes()
    assert run.writer().withdraws(given["view"], given["receipt"]).json["status"] == "withdrawn"
    run.the_night_passes()
    assert len(told("survey", ViewWithdrawn)) == 1


def test_words_taken_back_are_answered_once_and_kept_nowhere(run, kaisa):
    run.opens()
    for view in (kaisa.has_given("Sittenkin."), kaisa.gives("Sittenkin.").json["view"]):
        assert kaisa.withdraws(view).json["words"] == {"text": "Sittenkin.", "language": "fi"}
        assert kaisa.withdraws(view).json["words"] is None
    assert kaisa.themes[0]["draft"] is None


def test_a_view_taken_back_is_not_reworded(run, kaisa):
    run.opens()
    for view in (kaisa.has_given(), kaisa.gives("Toinen.").json["view"]):
        kaisa.withdraws(view)
        assert kaisa.revises(view, "Uusi.").json["code"] == "already-withdrawn"


def test_a_draft_is_continued_on_another_device_and_gone_when_sent(run, kaisa):
    run.opens()
    for typed in ("Puoli la", "Puoli lausetta"):
        kaisa.drafts(typed, language="sv")
    phone = run.writer(subject=kaisa.door.who.subject)
    assert phone.themes[0]["draft"] == {"text": "Puoli lausetta", "language": "sv"}
    phone.gives("Koko lause.")
    assert kaisa.themes[0]["draft"] is None


def test_an_emptied_draft_is_no_draft(run, kaisa):
    run.opens()
    for typed in ("Jotain", " "):
        kaisa.drafts(typed)
    assert kaisa.themes[0]["draft"] is None


def test_nobody_else_sees_my_draft_and_the_end_clears_it(run, kaisa, matti):
    run.opens()
    kaisa.drafts("Kesken")
    assert matti.themes[0]["draft"] is None
    run.closes()
    assert kaisa.themes[0]["draft"] is None


def test_the_end_is_told_with_its_counts(run, kaisa, matti, minna, told):
    run.opens(moderation="after")
    kaisa.gives("Yksi."), matti.has_given("Kaksi.")
    minna.rejects(minna.takes(1)[0])
    kaisa.withdraws(kaisa.has_given("Kolme.", theme=1))
    run.closes()
    assert told("survey", CollectingEnded) == [
        CollectingEnded(run_id=run.id, shared=1, rejected=1, withdrawn=1)
    ]


def test_questions_of_the_kickoff_become_seeds_those_most_wanted_first(run, kaisa, hear):
    little, much = uuid4(), uuid4()
    hall = uuid4()
    for question, upvotes in ((little, 2), (much, 20)):
        hear(
            "survey",
            QuestionCarriedForward(run_id=run.id, hall_id=hall, question_id=question, upvotes=upvotes),
        )
    assert kaisa.collecting()["seeds"] == [str(much), str(little)]


def test_a_token_that_could_tell_who_i_am_is_refused(run, http):
    run.opens()
    named = http("survey").as_("participant")
    assert named.get(f"/runs/{run.id}/collecting").status_code == 403
