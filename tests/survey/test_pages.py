"""The pages of giving views and of moderation, in a browser without script."""

from uuid import uuid4

import pytest

from services.portal.key_days import days_of_backups
from shared.contracts.identity import KeyDestroyed
from tests.survey.conftest import let_all_leave


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


def has_given(browser, run, text, theme=0):
    thanks = gives(browser, run, text, theme)
    let_all_leave(run.id)
    return thanks


def test_before_the_phase_the_page_says_what_will_come(run, kaisas):
    assert kaisas.open(f"/runs/{run.id}/views").says("It is not time yet")


def test_one_gives_a_view_and_is_thanked_with_progress(run, kaisas, kaisa):
    run.opens(moderation="after")
    thanks = gives(kaisas, run, "Kokous alkaa ajallaan.")
    assert thanks.status == 200 and thanks.says("Thank you, your view is in")
    assert thanks.says("You have written on 1 of 4 themes")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "It waits with others' until at least 5 colleagues have written, then it goes to the moderators",
        ),
        (
            "fi",
            "kunnes vähintään 5 työkaveria on kirjoittanut. Sitten se menee sekoitettuna moderaattoreille",
        ),
        ("sv", "tills minst 5 kolleger har skrivit. Sedan går den blandad med dem till moderatorerna"),
    ],
)
def test_who_tries_it_alone_reads_where_the_view_is(run, portal, language, said):
    run.opens(moderation="before")
    alone = portal(language=language)
    assert gives(alone, run, "Onko täällä ketään?").says(said)
    mine = alone.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == ["Onko täällä ketään?"]
    assert mine.says(
        {"en": "Waits with others'", "fi": "Odottaa muiden kanssa", "sv": "Väntar tillsammans"}[language]
    )
    thread = alone.open(f"/runs/{run.id}/threads")
    assert thread.voices() == ["Onko täällä ketään?"]


def test_before_sending_one_reads_who_can_open_it_until_when_and_what_remains(run, kaisas):
    run.opens(handful="7")
    page = kaisas.open(kaisas.open(f"/runs/{run.id}/views").tree.xpath("//section//a/@href")[0])
    for rule in (
        "What you send waits sealed until at least 7 colleagues have written.",
        "also when fewer than 7 have written",
        "Whoever runs Polku could find out who said what, with key and database together, until the key is destroyed (30 days after",
        "What remains then is the views without authors",
        f"the backups that hold them are gone {days_of_backups()} days later. On which day you took it back can be seen",
    ):
        assert page.says(rule), rule


def test_a_receipt_alone_leads_to_no_view_that_waits_and_the_page_says_so(run, kaisas):
    run.opens()
    gives(kaisas, run, "Odottaa vielä.")
    kaisas.pseudonym = uuid4()
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == [] and mine.says("1 of your receipts leads to no view yet.")
    let_all_leave(run.id)
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == ["Odottaa vielä."] and not mine.says("no view yet")


def test_the_thank_you_shows_what_a_colleague_wrote(run, kaisas, matti):
    run.opens(moderation="after")
    matti.has_given("Kamerat auki aluksi.")
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
    has_given(kaisas, run, "Vanha sana.")
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    editing = kaisas.open(mine.tree.xpath('//article//a[contains(@href, "/mine/")]/@href')[0])
    mine = kaisas.submit(editing, "revise-view", text="Uusi sana.")
    assert mine.says("It waits with others'; until it is shown, the old one stands.")
    assert mine.voices() == ["Uusi sana."]
    (form,) = mine.forms("withdraw-view-")
    box = kaisas.submit(mine, form)
    assert box.says("Your view is taken back") and box.form("give-view")["text"].strip() == "Uusi sana."
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.says("Its words are not kept") and mine.voices() == []
    again = kaisas.submit(box, "give-view", ("act", "send"))
    assert again.says("Thank you, your view is in")


def test_a_view_that_waits_is_changed_and_taken_back_as_well(run, kaisas):
    run.opens(moderation="before")
    gives(kaisas, run, "Vanha sana.")
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    editing = kaisas.open(mine.tree.xpath('//article//a[contains(@href, "/mine/")]/@href')[0])
    mine = kaisas.submit(editing, "revise-view", text="Uusi sana.")
    assert mine.says("Your view is changed.") and mine.voices() == ["Uusi sana."]
    (form,) = mine.forms("withdraw-view-")
    assert kaisas.submit(mine, form).form("give-view")["text"].strip() == "Uusi sana."


def test_taken_back_after_the_phase_there_is_no_box_any_more(run, kaisas):
    run.opens()
    gives(kaisas, run, "Vanha sana.")
    run.closes()
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    (form,) = mine.forms("withdraw-view-")
    mine = kaisas.submit(mine, form)
    assert mine.says("Your view is taken back") and mine.says("Its words are not kept")


def test_what_is_sent_while_the_key_is_replaced_stays_in_the_box(run, kaisas, hear):
    run.opens()
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    refused = gives(kaisas, run, "Tärkeää.")
    assert refused.status == 409 and refused.says("send them again in a minute")
    assert refused.form("give-view")["text"].strip() == "Tärkeää."


def test_after_the_keys_day_my_pages_say_what_leads_to_my_views(run, kaisas, hear):
    run.opens(moderation="after")
    has_given(kaisas, run, "Löydy kuitilla.")
    run.closes()
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    for page in ("views", "views/mine", "threads", "views/rules"):
        assert kaisas.open(f"/runs/{run.id}/{page}").status == 200, page
    assert kaisas.open(f"/runs/{run.id}/views/mine").voices() == ["Löydy kuitilla."]


def test_when_the_pseudonym_is_gone_the_browsers_receipts_lead_to_my_views(run, kaisas):
    run.opens(moderation="after")
    has_given(kaisas, run, "Löydy kuitilla.")
    kaisas.pseudonym = uuid4()
    assert kaisas.open(f"/runs/{run.id}/views/mine").voices() == ["Löydy kuitilla."]


def test_receipts_travel_to_another_browser_as_a_file(run, kaisas, portal):
    run.opens(moderation="after")
    has_given(kaisas, run, "Löydy kuitilla.")
    file = kaisas.open(f"/runs/{run.id}/views/receipts.txt").text
    phone = portal(member=kaisas.member)
    mine = phone.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == []
    assert phone.submit(mine, "bring-receipts", receipts=file).voices() == ["Löydy kuitilla."]


def test_whoever_signs_in_next_in_the_same_browser_does_not_find_my_receipts(run, kaisas):
    run.opens(moderation="after")
    gives(kaisas, run, "Minun.")
    kaisas.member, kaisas.pseudonym = uuid4(), uuid4()
    mine = kaisas.open(f"/runs/{run.id}/views/mine")
    assert mine.voices() == [] and mine.says("This browser keeps no receipt of yours")


def test_others_views_open_when_i_have_written(run, kaisas, matti):
    run.opens(moderation="after")
    matti.has_given("Kollegan sana.")
    theme = matti.theme()
    assert kaisas.open(f"/runs/{run.id}/views/{theme}/all").says("Give your own view first")
    has_given(kaisas, run, "Oma sana.")
    everybodys = kaisas.open(f"/runs/{run.id}/views/{theme}/all")
    assert sorted(everybodys.voices()) == ["Kollegan sana.", "Oma sana."]


def test_the_rules_are_there_to_read(run, kaisas):
    assert kaisas.open(f"/runs/{run.id}/views/rules").says(
        "Views are about ways of working, not about people."
    )


def test_a_moderator_takes_views_and_decides_with_a_reason(run, kaisas, minnas):
    run.opens(moderation="before")
    gives(kaisas, run, "Hyvä ajatus.")
    has_given(kaisas, run, "Virtanen ei osaa.", theme=2)
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
    view = kaisa.has_given("Vanha sana.")
    page = minnas.open(f"/clients/avi/runs/{run.id}/moderation")
    page = minnas.submit(page, "take-views", ("act", "take"))
    kaisa.has_revised(view, "Uusi sana.")
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
    kaisa.has_given()
    minna.rejects(minna.takes()[0])
    rejected = minnas.open(f"/clients/avi/runs/{run.id}/moderation/rejected")
    (form,) = rejected.forms("reconsider-view-")
    assert minnas.submit(rejected, form).says("The view is back in the queue.")
    assert minna.queue()["waiting"] == 1


def test_a_moderator_puts_back_what_they_hold(run, kaisa, minnas):
    run.opens()
    kaisa.has_given()
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


def test_of_two_who_word_a_theme_the_second_sees_both_texts(run, minnas):
    address = f"/clients/avi/runs/{run.id}/themes"
    first, second = minnas.open(address), minnas.open(address)
    form = first.forms("word-theme-")[0]
    assert minnas.submit(first, form, **{"question-en": "What works?"}).says("The theme is worded.")
    assert minnas.submit(second, form, **{"hint-en": "Think of last week."}).says("The theme is worded.")
    refused = minnas.submit(second, form, **{"question-en": "What helps?"})
    assert refused.status == 409 and refused.says("It is now: What works?")
    assert refused.form(form)["question-en"].strip() == "What helps?"
    taken = minnas.submit(refused, form, take="words/en/question")
    assert taken.form(form)["question-en"].strip() == "What works?"
    assert taken.form(form)["hint-en"].strip() == "Think of last week."
