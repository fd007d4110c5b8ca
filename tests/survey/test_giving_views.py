"""Giving views, before, during and after the phase; following them; taking them back."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.contracts.process import PhaseMoved, PhaseOpened, RunPlanned
from shared.contracts.survey import CollectingEnded, ThemePublished, ViewRevised, ViewShared, ViewWithdrawn
from shared.contracts.townhall import QuestionCarriedForward
from tests.survey.conftest import RECEIPT

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


def test_a_view_given_in_the_phase_stands_before_colleagues_at_once(run, kaisa, told):
    run.opens(moderation="after")
    answer = kaisa.gives("Puheenvuorot kysytään ensin ruudun toiselta puolelta.")
    assert answer.status_code == 201 and answer.json["view"]["status"] == "shared"
    assert [shared.view_id.hex for shared in told("survey", ViewShared)] == [
        answer.json["view"]["id"].replace("-", "")
    ]


def test_where_moderation_comes_first_a_view_waits(run, kaisa, told):
    run.opens(moderation="before")
    assert kaisa.gives().json["view"]["status"] == "waiting"
    assert not told("survey", ViewShared)


def test_nobody_gives_a_view_before_the_phase(kaisa):
    assert kaisa.gives().json["code"] == "collecting-has-not-begun"


def test_nobody_gives_a_view_after_the_phase(run, kaisa):
    run.opens().closes()
    assert kaisa.gives().json["code"] == "collecting-has-ended"


def test_collecting_goes_on_into_the_next_phase_when_the_plan_says_so(run, kaisa):
    run.opens().closes(goes_on=["give_views"])
    assert kaisa.gives().status_code == 201


def test_the_agreed_end_moves_with_the_plan(run, kaisa, hear):
    run.opens()
    hear("survey", PhaseMoved(run_id=run.id, phase="views", closes_at=SPRING))
    hear("survey", PhaseMoved(run_id=run.id, phase="launch", closes_at=None))
    assert datetime.fromisoformat(kaisa.collecting()["closes_at"]) == SPRING


def test_themes_are_published_once_however_often_the_phase_opens(run, told):
    run.opens().closes().opens()
    assert [theme.position for theme in told("survey", ThemePublished)] == [1, 2, 3, 4]


def test_a_view_without_words_is_refused_with_a_sentence(run, kaisa):
    run.opens()
    refused = kaisa.gives("  \n ")
    assert refused.status_code == 422 and refused.json["code"] == "nothing-written"


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
    assert first.json == second.json and len(told("survey", ViewShared)) == 1


def test_an_old_form_with_new_words_is_a_new_view_with_a_receipt_of_its_own(run, kaisa, receipt):
    run.opens()
    kaisa.gives("Ensimmäinen.", receipt=receipt)
    second = kaisa.gives("Toinen.", receipt=receipt)
    assert second.json["receipt"] != receipt and len(kaisa.own()) == 2


def test_another_persons_receipt_gives_nothing_away(run, kaisa, matti, receipt):
    run.opens()
    kaisa.gives("Sama.", receipt=receipt)
    assert matti.gives("Sama.", receipt=receipt).json["receipt"] != receipt


def test_my_views_are_found_by_my_pseudonym_on_any_device(run, kaisa, matti):
    run.opens()
    kaisa.gives("Minun.")
    matti.gives("Hänen.")
    assert [view["text"] for view in kaisa.own()] == ["Minun."]


def test_my_views_are_found_by_their_receipts_when_nobody_knows_me(run, kaisa):
    run.opens()
    receipt = kaisa.gives("Minun.").json["receipt"]
    stranger_to_myself = run.writer()
    assert [view["text"] for view in stranger_to_myself.own(receipt)] == ["Minun."]
    found = stranger_to_myself.door.post("/receipts", json={"receipts": [receipt, RECEIPT.format(9)]})
    assert [view["text"] for view in found.json["views"]] == ["Minun."]


def test_a_view_is_put_in_other_words_by_its_author(run, kaisa, told):
    run.opens(moderation="after")
    view = kaisa.gives("Vanha.").json["view"]
    assert kaisa.revises(view, "Uusi.").json["text"] == "Uusi."
    assert len(told("survey", ViewRevised)) == 1


def test_a_view_is_put_in_other_words_by_receipt(run, kaisa):
    run.opens()
    given = kaisa.gives("Vanha.").json
    somebody = run.writer()
    assert somebody.revises(given["view"], "Uusi.", given["receipt"]).json["text"] == "Uusi."


def test_nobody_puts_words_into_a_colleagues_mouth(run, kaisa, matti):
    run.opens()
    view = kaisa.gives("Minun.").json["view"]
    assert matti.revises(view, "Matin.").status_code == 404
    assert matti.revises(view, "Matin.", RECEIPT.format(5)).status_code == 404
    assert matti.withdraws(view).status_code == 404
    assert kaisa.own()[0]["text"] == "Minun."


def test_a_view_is_not_reworded_after_the_phase(run, kaisa):
    run.opens()
    view = kaisa.gives().json["view"]
    run.closes()
    assert kaisa.revises(view, "Jälkiviisas.").json["code"] == "collecting-has-ended"


def test_a_view_taken_back_loses_its_words_everywhere(run, kaisa, matti, told):
    run.opens()
    view = kaisa.gives("Kadun tätä.").json["view"]
    matti.gives()
    assert kaisa.withdraws(view).json["status"] == "withdrawn"
    assert kaisa.own()[0]["text"] is None
    assert [other["id"] for other in matti.reads().json["items"]] != [view["id"]]
    assert [gone.view_id.hex for gone in told("survey", ViewWithdrawn)] == [view["id"].replace("-", "")]


def test_taking_back_twice_is_taking_back_once(run, kaisa, told):
    run.opens()
    view = kaisa.gives().json["view"]
    assert kaisa.withdraws(view).status_code == kaisa.withdraws(view).status_code == 200
    assert len(told("survey", ViewWithdrawn)) == 1


def test_a_view_can_be_taken_back_by_receipt_long_after_the_phase(run, kaisa, told):
    run.opens()
    given = kaisa.gives().json
    run.closes()
    assert run.writer().withdraws(given["view"], given["receipt"]).json["status"] == "withdrawn"
    assert len(told("survey", ViewWithdrawn)) == 1


def test_words_taken_back_wait_as_a_draft_for_second_thoughts(run, kaisa):
    run.opens()
    kaisa.withdraws(kaisa.gives("Sittenkin.").json["view"])
    assert kaisa.themes[0]["draft"] == {"text": "Sittenkin.", "language": "fi"}


def test_a_view_taken_back_is_not_reworded(run, kaisa):
    run.opens()
    view = kaisa.gives().json["view"]
    kaisa.withdraws(view)
    assert kaisa.revises(view, "Uusi.").json["code"] == "already-withdrawn"


def test_a_draft_is_continued_on_another_device_and_gone_when_sent(run, kaisa):
    run.opens()
    theme = kaisa.theme()
    for typed in ("Puoli la", "Puoli lausetta"):
        kaisa.door.put(f"/themes/{theme}/draft", json={"text": typed, "language": "sv"})
    phone = run.writer(subject=kaisa.door.who.subject)
    assert phone.themes[0]["draft"] == {"text": "Puoli lausetta", "language": "sv"}
    phone.gives("Koko lause.")
    assert kaisa.themes[0]["draft"] is None


def test_an_emptied_draft_is_no_draft(run, kaisa):
    run.opens()
    for typed in ("Jotain", " "):
        kaisa.door.put(f"/themes/{kaisa.theme()}/draft", json={"text": typed, "language": "fi"})
    assert kaisa.themes[0]["draft"] is None


def test_nobody_else_sees_my_draft_and_the_end_clears_it(run, kaisa, matti):
    run.opens()
    kaisa.door.put(f"/themes/{kaisa.theme()}/draft", json={"text": "Kesken", "language": "fi"})
    assert matti.themes[0]["draft"] is None
    run.closes()
    assert kaisa.themes[0]["draft"] is None


def test_the_end_is_told_with_its_counts(run, kaisa, matti, minna, told):
    run.opens(moderation="after")
    kaisa.gives("Yksi."), matti.gives("Kaksi.")
    minna.rejects(minna.takes(1)[0])
    kaisa.gives("Kolme.", theme=1)
    kaisa.withdraws(next(view for view in kaisa.own() if view["text"] == "Kolme."))
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
