"""The pages of giving views and of moderation, in a browser without script."""

import pytest


@pytest.fixture
def kaisas(portal):
    return portal()


@pytest.fixture
def minnas(portal):
    return portal(roles=("facilitator",))


def gives(browser, run, text, theme=0):
    page = browser.open(f"/runs/{run.id}/views")
    links = [link for link in page.tree.xpath("//section//a/@href") if "/all" not in link]
    writing = browser.open(links[theme])
    return browser.submit(writing, "give-view", ("act", "send"), text=text)


def test_before_the_phase_the_page_says_what_will_come(run, kaisas):
    assert kaisas.open(f"/runs/{run.id}/views").says("It is not time yet")


def test_one_gives_a_view_and_is_thanked_with_progress(run, kaisas, kaisa):
    run.opens(moderation="after")
    thanks = gives(kaisas, run, "Kokous alkaa ajallaan.")
    assert thanks.status == 200 and thanks.says("Thank you, your view is in")
    assert thanks.says("You have written on 1 of 4 themes")


def test_the_thank_you_shows_what_a_colleague_wrote(run, kaisas, matti):
    run.opens(moderation="after")
    matti.gives("Kamerat auki aluksi.")
    assert gives(kaisas, run, "Kokous alkaa ajallaan.").voices() == ["Kamerat auki aluksi."]


def test_what_was_typed_stays_in_the_box_when_it_is_refused(run, kaisas):
    run.opens()
    refused = gives(kaisas, run, "a" * 2001)
    assert refused.status == 422 and refused.says("at most 2,000 characters")
    assert refused.form("give-view")["text"].strip() == "a" * 2001


def test_a_draft_saved_without_script_is_there_again(run, kaisas, portal):
    run.opens()
    writing = kaisas.open(kaisas.open(f"/runs/{run.id}/views").tree.xpath("//section//a/@href")[0])
    again = kaisas.submit(writing, "give-view", ("act", "draft"), text="Puoli lau", language="sv")
    assert again.says("Your draft is kept")
    phone = portal(member=kaisas.member, pseudonym=kaisas.pseudonym)
    overview = phone.open(f"/runs/{run.id}/views")
    box = phone.open(overview.tree.xpath("//section//a/@href")[0]).form("give-view")
    assert box["text"].strip() == "Puoli lau" and box["language"] == "sv"


def test_my_views_are_changed_and_taken_back_from_their_page(run, kaisas):
    run.opens(moderation="after")
    gives(kaisas, run, "Vanha sana.")
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    editing = kaisas.open(mine.tree.xpath('//article//a[contains(@href, "/mine/")]/@href')[0])
    mine = kaisas.submit(editing, "revise-view", text="Uusi sana.")
    assert mine.says("Your view is changed.") and mine.voices() == ["Uusi sana."]
    (form,) = mine.forms("withdraw-view-")
    mine = kaisas.submit(mine, form)
    assert mine.says("Your view is taken back") and mine.says("Its words are not kept")


def test_when_the_pseudonym_is_gone_the_browsers_receipts_lead_to_my_views(run, kaisas):
    from uuid import uuid4

    run.opens(moderation="after")
    gives(kaisas, run, "Löydy kuitilla.")
    kaisas.pseudonym = uuid4()
    assert kaisas.open(f"/runs/{run.id}/views/mine").voices() == ["Löydy kuitilla."]


def test_receipts_travel_to_another_browser_as_a_file(run, kaisas, portal):
    run.opens(moderation="after")
    gives(kaisas, run, "Löydy kuitilla.")
    file = kaisas.open(f"/runs/{run.id}/views/receipts.txt").text
    phone = portal(member=kaisas.member)
    mine = phone.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == []
    assert phone.submit(mine, "bring-receipts", receipts=file).voices() == ["Löydy kuitilla."]


def test_whoever_signs_in_next_in_the_same_browser_does_not_find_my_receipts(run, kaisas):
    from uuid import uuid4

    run.opens(moderation="after")
    gives(kaisas, run, "Minun.")
    kaisas.member, kaisas.pseudonym = uuid4(), uuid4()
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == [] and mine.says("This browser keeps no receipt of yours")


def test_others_views_open_when_i_have_written(run, kaisas, matti):
    run.opens(moderation="after")
    matti.gives("Kollegan sana.")
    theme = matti.theme()
    assert kaisas.open(f"/runs/{run.id}/views/{theme}/all").says("Give your own view first")
    gives(kaisas, run, "Oma sana.")
    everybodys = kaisas.open(f"/runs/{run.id}/views/{theme}/all")
    assert sorted(everybodys.voices()) == ["Kollegan sana.", "Oma sana."]


def test_the_rules_are_there_to_read(run, kaisas):
    assert kaisas.open(f"/runs/{run.id}/views/rules").says(
        "Views are about ways of working, not about people."
    )


def test_a_moderator_takes_views_and_decides_with_a_reason(run, kaisas, minnas):
    run.opens(moderation="before")
    gives(kaisas, run, "Hyvä ajatus.")
    gives(kaisas, run, "Virtanen ei osaa.", theme=2)
    queue = minnas.open(f"/clients/avi/runs/{run.id}/moderation")
    assert queue.says("2 views wait for a moderator.")
    queue = minnas.submit(queue, "take-views", ("act", "take"))
    by_text = dict(zip(queue.voices(), queue.tree.xpath('//input[@name="view"]/@value'), strict=True))
    good, bad = by_text["Hyvä ajatus."], by_text["Virtanen ei osaa."]
    decisions = {f"decision-{good}": "accept", f"decision-{bad}": "reject"}
    with_both = {"view": [good, bad]}
    refused = minnas.submit(queue, "moderate-views", ("act", "settle"), **with_both, **decisions)
    assert refused.status == 422 and refused.says("Choose why the view is not shown")
    reasons = {f"ground-{bad}": "person", f"reason-{bad}": "Ilman nimeä käy."}
    settled = minnas.submit(
        refused, "moderate-views", ("act", "settle-and-take"), **with_both, **decisions, **reasons
    )
    assert settled.says("2 views are settled.") and settled.says("The queue is empty")
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.says("It names or describes a person.") and mine.says("Ilman nimeä käy.")
    assert mine.says("Colleagues can read it")


def test_a_view_changed_meanwhile_comes_back_to_the_moderator_with_what_was_typed(run, kaisa, minnas):
    run.opens(moderation="before")
    view = kaisa.gives("Vanha sana.").json["view"]
    page = minnas.open(f"/clients/avi/runs/{run.id}/moderation")
    page = minnas.submit(page, "take-views", ("act", "take"))
    kaisa.revises(view, "Uusi sana.")
    (id,) = page.tree.xpath('//input[@name="view"]/@value')
    typed = {f"decision-{id}": "reject", f"ground-{id}": "other", f"reason-{id}": "Kirjoitin tämän jo."}
    again = minnas.submit(page, "moderate-views", ("act", "settle"), **typed)
    assert again.status == 409 and again.voices() == ["Uusi sana."]
    assert again.says("Nothing was decided") and again.says("in other words since you read it")
    form = again.form("moderate-views")
    assert form[f"reason-{id}"] == "Kirjoitin tämän jo." and form[f"ground-{id}"] == "other"
    assert form[f"decision-{id}"] == "later"
    settled = minnas.submit(again, "moderate-views", ("act", "settle"), **{f"decision-{id}": "accept"})
    assert settled.says("1 view is settled.")


def test_a_rejected_view_goes_back_into_the_queue(run, kaisa, minna, minnas):
    run.opens(moderation="before")
    kaisa.gives()
    minna.rejects(minna.takes()[0])
    rejected = minnas.open(f"/clients/avi/runs/{run.id}/moderation/rejected")
    (form,) = rejected.forms("reconsider-view-")
    assert minnas.submit(rejected, form).says("The view is back in the queue.")
    assert minna.queue()["waiting"] == 1


def test_a_moderator_puts_back_what_they_hold(run, kaisa, minnas):
    run.opens()
    kaisa.gives()
    queue = minnas.submit(
        minnas.open(f"/clients/avi/runs/{run.id}/moderation"), "take-views", ("act", "take")
    )
    assert minnas.submit(queue, "put-back-views", ("act", "put-back")).says("back in the queue")


def test_staff_word_the_themes_until_people_answer(run, minnas, kaisas, kaisa):
    themes = minnas.open(f"/clients/avi/runs/{run.id}/themes")
    form = themes.forms("word-theme-")[0]
    worded = minnas.submit(themes, form, **{"question-en": "What works in your meetings?"})
    assert worded.says("The theme is worded.")
    unnamed = minnas.submit(worded, form, **{"name-fi": ""})
    assert unnamed.status == 422 and unnamed.says("A theme needs a name and a question")
    run.opens()
    assert kaisas.open(f"/runs/{run.id}/views").says("What works in your meetings?")
    assert minnas.open(f"/clients/avi/runs/{run.id}/themes").says("the themes stay as they are")
