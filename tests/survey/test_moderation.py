"""The moderators' queue, and the wording of the themes."""

from shared.contracts.survey import ViewModerated, ViewsAwaitModeration, ViewShared


def decided(told) -> list[str]:
    return [moderated.decision for moderated in told("survey", ViewModerated)]


def test_an_accepted_view_stands_before_colleagues(run, kaisa, minna, told):
    run.opens(moderation="before")
    kaisa.has_given()
    assert minna.accepts(*minna.takes()).json == {"decided": 1, "missed": []}
    assert kaisa.own()[0]["status"] == "shared"
    assert decided(told) == ["accepted"] and len(told("survey", ViewShared)) == 1


def test_a_rejected_view_disappears_and_its_author_is_told_why(run, kaisa, minna, told, receipt):
    run.opens(moderation="after")
    kaisa.has_given("Esihenkilö Virtanen ei osaa.", receipt=receipt)
    minna.rejects(minna.takes()[0], reason="Ilman nimeä tämä sopii mainiosti.")
    assert kaisa.reads().json["items"] == []
    (by_receipt,) = run.writer().own(receipt)
    assert by_receipt["status"] == "rejected" and by_receipt["ground"] == "person"
    assert by_receipt["reason"] == "Ilman nimeä tämä sopii mainiosti."
    assert decided(told) == ["rejected"]


def test_two_moderators_hold_different_views(run, kaisa, minna):
    run.opens()
    for nr in range(4):
        kaisa.has_given(f"Näkemys {nr}.")
    ville = run.moderator()
    minnas, villes = minna.takes(2), ville.takes(2)
    assert len({view["id"] for view in minnas + villes}) == 4
    assert ville.accepts(*minnas).json == {"decided": 0, "missed": [view["id"] for view in minnas]}
    assert minna.queue()["held"] == 4


def test_a_moderator_never_holds_more_than_a_handful(run, kaisa, minna):
    run.opens()
    for nr in range(4):
        kaisa.has_given(f"Näkemys {nr}.")
    minna.takes(3)
    assert len(minna.takes(3)) == 3


def test_what_a_moderator_puts_back_a_colleague_can_take(run, kaisa, minna):
    run.opens()
    kaisa.has_given()
    minna.takes()
    assert not run.moderator().takes()
    minna.puts_back()
    assert len(run.moderator().takes()) == 1


def test_what_a_moderator_leaves_lying_goes_back_by_itself(run, kaisa, minna, world):
    run.opens()
    kaisa.has_given()
    view = minna.takes()[0]
    world.let_time_pass("survey")
    assert minna.queue()["mine"] == []
    assert minna.accepts(view).json["missed"] == [view["id"]]


def test_the_queue_says_nothing_about_when_a_view_came(run, kaisa, minna):
    run.opens()
    for nr in range(8):
        kaisa.has_given(f"Näkemys {nr}.")
    ids = [view["id"] for view in minna.takes()]
    assert ids == sorted(ids)
    assert set(minna.takes()[0]) == {
        "id",
        "theme_id",
        "text",
        "earlier_text",
        "language",
        "status",
        "wording",
    }


def test_a_view_withdrawn_while_a_moderator_reads_it_is_not_theirs_to_decide(run, kaisa, minna):
    run.opens()
    given = kaisa.has_given()
    held = minna.takes()
    kaisa.withdraws(given)
    assert minna.accepts(*held).json["missed"] == [given["id"]]
    assert kaisa.own()[0]["status"] == "withdrawn"


def test_one_changed_wording_holds_back_the_whole_handful(run, kaisa, minna, told):
    """So that the page comes back with everything that was chosen and typed."""
    run.opens(moderation="before")
    kaisa.has_given("Yksi.")
    changing = kaisa.has_given("Kaksi.", theme=1)
    read = minna.takes()
    kaisa.has_revised(changing, "Kaksi ja puoli.")
    assert minna.accepts(*read).status_code == 409
    assert decided(told) == [] and len(minna.queue()["mine"]) == 2
    assert minna.accepts(*minna.queue()["mine"]).json["decided"] == 2


def test_a_decision_that_names_no_wording_is_refused(run, kaisa, minna):
    run.opens(moderation="before")
    view = kaisa.has_given()
    minna.takes()
    assert minna.decides({"view_id": view["id"], "decision": "accept"}).status_code == 422


def test_a_rejection_can_be_thought_over(run, kaisa, minna):
    run.opens(moderation="before")
    kaisa.has_given()
    minna.rejects(minna.takes()[0])
    (rejected,) = minna.door.get(f"/runs/{run.id}/rejected").json["items"]
    minna.door.post(f"/views/{rejected['id']}/reconsideration")
    assert [view["id"] for view in minna.takes()] == [rejected["id"]]


def test_the_moderators_are_reminded_once_a_day_while_views_wait(run, kaisa, minna, world, told):
    run.opens()
    world.let_time_pass("survey")
    kaisa.has_given()
    world.let_time_pass("survey")
    assert told("survey", ViewsAwaitModeration) == [ViewsAwaitModeration(run_id=run.id, waiting=1)]


def test_participants_do_not_moderate(run, kaisa):
    for path in ("queue", "rejected", "themes"):
        assert kaisa.door.get(f"/runs/{run.id}/{path}").status_code == 403
    assert kaisa.door.post(f"/runs/{run.id}/claims", json={}).status_code == 403


def themes_for_staff(minna) -> dict:
    return minna.door.get(f"/runs/{minna.run_id}/themes").json


def words(theme: dict, question: str) -> dict:
    return {"words": theme["words"] | {"fi": theme["words"]["fi"] | {"question": question}}}


def test_staff_word_the_themes_until_people_answer_them(run, kaisa, minna):
    theme = themes_for_staff(minna)["themes"][0]
    worded = minna.door.put(f"/themes/{theme['id']}", json=words(theme, "Mikä kokouksissa toimii?"))
    assert worded.status_code == 200 and kaisa.themes[0]["question"] == "Mikä kokouksissa toimii?"
    run.opens()
    refused = minna.door.put(f"/themes/{theme['id']}", json=words(theme, "Toisin?"))
    assert refused.json["code"] == "themes-are-settled"


def test_a_theme_needs_a_name_and_a_question(run, minna):
    theme = themes_for_staff(minna)["themes"][0]
    assert minna.door.put(f"/themes/{theme['id']}", json=words(theme, "")).status_code == 422
    assert minna.door.put(f"/themes/{theme['id']}", json={"words": {}}).status_code == 422
