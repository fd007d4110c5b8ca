"""The pages of reading and of results, without script."""

import pytest

from services.identity.models import Unit
from tests.voting.conftest import Whole
from tests.voting.pages import choices
from tests.voting.pages import views_on as views


@pytest.fixture
def kaisas(portal):
    return portal()


@pytest.fixture
def hennas(portal):
    return portal(roles=("lead",))


def starts(browser, run):
    return browser.submit(browser.open(f"/runs/{run}/reading"), "start-reading", ("act", "begin"))


def checked(page):
    return page.tree.xpath('//form[@id="answers"]//input[@checked]/@name')


def test_before_reading_opens_the_page_says_what_will_come(world, avi, kaisas):
    whole = Whole(world).plan().collect("Kokous alkaa ajallaan.")
    assert kaisas.open(f"/runs/{whole.run}/reading").says("It is not time yet")
    assert kaisas.open(f"/runs/{whole.run}/results").says("It is not time yet")


def test_five_views_lie_on_the_page_in_colleagues_own_words(whole, kaisas):
    page = starts(kaisas, whole.run)
    assert page.status == 200
    assert len(views(page)) == len(set(page.voices())) == 5
    assert page.says("0 / 20 read")


def test_before_the_first_answer_the_page_says_who_could_find_out_and_until_when(whole, kaisas):
    page = kaisas.open(f"/runs/{whole.run}/reading")
    assert page.says("until the key is destroyed (30 days after the last activity that needs it)")
    assert page.tree.xpath('//main//a[@href="/protection"]')


def test_each_view_has_its_own_real_choices(whole, kaisas):
    page = starts(kaisas, whole.run)
    for view in views(page):
        assert len(page.tree.xpath(f'//input[@type="radio"][@name="answer-{view}"]')) == 3
        (group,) = page.tree.xpath(f'//fieldset[.//input[@name="answer-{view}"]]')
        assert page.tree.xpath(f'//*[@id="{group.get("aria-describedby")}"]')


def test_answers_are_kept_and_the_next_are_dealt(whole, kaisas):
    page = starts(kaisas, whole.run)
    after = kaisas.submit(
        page, "answers", ("act", "next"), **choices(page, answers=["agree"] * 4, hearts=[0])
    )
    assert after.says("4 / 20 read") and after.says("0 hearts to give")
    assert not set(views(after)) & set(views(page))


def test_one_stops_whenever_one_likes_and_is_thanked(whole, kaisas):
    page = starts(kaisas, whole.run)
    done = kaisas.submit(page, "answers", ("act", "stop"), **choices(page, answers=["agree"] * 5, hearts=[2]))
    assert done.says("Thank you for reading") and done.says("You have read 5 views of colleagues")
    assert len(done.voices()) == 1
    back = starts(kaisas, whole.run)
    assert set(views(back)) != set(views(page))


def test_what_was_left_without_an_answer_lies_there_when_one_comes_back(whole, kaisas):
    page = starts(kaisas, whole.run)
    kaisas.submit(page, "answers", ("act", "stop"), **choices(page, answers=["agree", "", "pass"]))
    back = starts(kaisas, whole.run)
    assert views(back) == views(page)
    assert len(checked(back)) == 2


def test_too_many_hearts_are_refused_where_one_is_and_nothing_chosen_is_lost(whole, kaisas):
    page = starts(kaisas, whole.run)
    refused = kaisas.submit(
        page, "answers", ("act", "next"), **choices(page, answers=["agree"] * 5, hearts=[0, 1])
    )
    assert refused.status == 409 and refused.says("You have given all your hearts.")
    assert len(checked(refused)) == 7


def test_a_heart_without_an_answer_is_refused_with_a_sentence(whole, kaisas):
    page = starts(kaisas, whole.run)
    refused = kaisas.submit(page, "answers", ("act", "next"), **choices(page, answers=["agree"], hearts=[3]))
    assert refused.status == 409 and refused.says("Say first what you think of the view")
    assert len(checked(refused)) == 2


def test_an_answer_is_taken_back_and_the_other_choices_stay(whole, kaisas):
    page = starts(kaisas, whole.run)
    kaisas.submit(page, "answers", ("act", "stop"), **choices(page, answers=["agree", "pass"]))
    again = starts(kaisas, whole.run)
    undone = kaisas.submit(
        again, "answers", ("undo", views(again)[0]), **choices(again, answers=["agree", "pass", "disagree"])
    )
    assert sorted(checked(undone)) == sorted(f"answer-{view}" for view in views(page)[1:3])


def test_earlier_answers_can_be_changed(whole, kaisas):
    page = starts(kaisas, whole.run)
    kaisas.submit(page, "answers", ("act", "next"), **choices(page, answers=["agree"] * 5))
    earlier = kaisas.open(f"/runs/{whole.run}/reading/1")
    kaisas.submit(earlier, "answers", ("act", "next"), **choices(earlier, answers=["disagree"]))
    shown = kaisas.open(f"/runs/{whole.run}/reading/1")
    assert shown.tree.xpath(f'//input[@name="answer-{views(shown)[0]}"][@checked]/@value') == ["disagree"]


def test_an_own_view_is_not_dealt(whole, kaisas, world):
    door = world.door("survey").as_("participant", subject=own_pseudonym(kaisas), run_id=whole.run)
    mine = door.post(f"/themes/{whole.themes[0]}/views", json={"text": "Minun oma.", "language": "fi"})
    assert mine.status_code == 201
    whole.collect("Jonkun muun.")
    page, seen = starts(kaisas, whole.run), []
    while views(page):
        seen += page.voices()
        page = kaisas.submit(page, "answers", ("act", "next"), **choices(page, answers=["pass"] * 5))
    assert page.says("There are no more views for you to read just now")
    assert "Minun oma." not in seen and len(seen) == 13


def own_pseudonym(browser):
    from uuid import UUID

    return UUID(int=browser.pseudonym.int ^ len("survey"))


def test_one_theme_can_be_chosen(whole, kaisas):
    overview = kaisas.open(f"/runs/{whole.run}/reading")
    page = kaisas.submit(overview, "read-theme-2")
    assert {text.split(",")[0] for text in page.voices()} == {"Hiljainen aamu"}


def test_the_script_keeps_one_answer_at_once_and_is_told_how_far_one_is(whole, kaisas):
    page = starts(kaisas, whole.run)
    address = page.tree.xpath("//@data-view")[0]
    ours = {"Origin": kaisas.base}
    kept = kaisas.client.post(address, data={"answer": "agree"}, base_url=kaisas.base, headers=ours)
    assert kept.json == {"answered": 1, "goal": 20, "read": "1 / 20 read", "hearts": "0 hearts to give"}
    refused = kaisas.client.post(
        address, data={"answer": "agree", "heart": "yes"}, base_url=kaisas.base, headers=ours
    )
    assert refused.json["refused"].startswith("You have given all your hearts.")
    undone = kaisas.client.post(address, data={"answer": ""}, base_url=kaisas.base, headers=ours)
    assert undone.json["answered"] == 0


def test_after_closing_the_page_says_so_and_points_to_the_results(whole, kaisas):
    starts(kaisas, whole.run)
    whole.end()
    assert kaisas.open(f"/runs/{whole.run}/reading/1").says("Reading has ended")
    assert kaisas.open(f"/runs/{whole.run}/results").says("The answers are counted")
    whole.release()
    assert kaisas.open(f"/runs/{whole.run}/reading").says("The results are out")


@pytest.fixture
def read(whole, portal, without_chance):
    """Eleven colleagues of one unit and three of another have read everything and like what is odd."""
    for unit, people in {"Etelä": 11, "Åland": 3}.items():
        whole.have_read(people, opinion, unit=unit)
    return whole


def opinion(view_id):
    return "agree" if int(view_id.hex[0], 16) % 2 else "disagree"


def test_results_show_words_places_intervals_and_a_table(read, kaisas):
    read.end().release()
    page = kaisas.open(f"/runs/{read.run}/results")
    assert page.status == 200
    assert len(page.tree.xpath('//ol[contains(@class, "standings")]/li')) == 7
    assert page.says("agree, most likely from") and page.says("read by about 9 colleagues or more")
    assert len(page.tree.xpath('//table[caption[contains(., "The same as a table")]]/tbody/tr')) == 7
    assert page.says("Proposed for the workshops")


def test_small_units_are_withheld_and_it_is_said(read, kaisas):
    read.end().release()
    page = kaisas.open(f"/runs/{read.run}/results/{read.themes[1]}")
    assert page.says("withheld: too few people")
    assert page.says("Groups of few people are withheld")


@pytest.mark.usefixtures("without_chance")
def test_every_unit_has_its_row_beside_every_view_by_name_and_no_row_tells_a_count(whole, kaisas, session_of):
    """Also the unit of which nobody read: its row would be missing otherwise, and told so."""
    with session_of("identity") as session:
        units = {name: Unit(name=name) for name in ("Åland", "zeta", "Etelä", "Lappi")}
        session.add_all(units.values())
        session.flush()
        ids = {name: str(unit.id) for name, unit in units.items()}
    for name, people in {"Åland": 2, "zeta": 7, "Etelä": 11}.items():
        whole.have_read(people, unit=ids[name])
    whole.end().release()
    page = kaisas.open(f"/runs/{whole.run}/results")
    tables = page.tree.xpath('//li[contains(@class, "standing")]//table')
    assert len(tables) == 7
    for table in tables:
        rows = [[cell.text_content() for cell in row.xpath("./th|./td")] for row in table.xpath("./tbody/tr")]
        assert [row[0] for row in rows] == ["Etelä", "Lappi", "zeta", "Åland"]
        assert [len(row) for row in rows] == [3, 2, 2, 2]
        assert {row[1] for row in rows[1:]} == {"withheld: too few people"}
        assert all(cell.startswith("about ") and cell.endswith("0%") for cell in rows[0][1:])


def test_the_grouping_can_be_chosen_until_reading_opens_and_then_stands_as_fixed(world, avi, hennas):
    whole = Whole(world).plan().collect("Kokous alkaa ajallaan.")
    console = f"/clients/avi/runs/{whole.run}/results"
    chosen = hennas.submit(hennas.open(console), "reading-terms", seats_by="site")
    assert chosen.form("reading-terms")["seats_by"] == "site"
    whole.open()
    fixed = hennas.open(console)
    assert fixed.says("broken down, by site. This was fixed when reading opened.")
    assert "seats_by" not in fixed.form("reading-terms")
    assert hennas.submit(fixed, "reading-terms", goal="30").says("What was agreed about reading is kept")
    assert hennas.open(console).says("by site. This was fixed when reading opened.")


def test_with_fewer_than_five_readers_the_pages_say_so_and_tell_no_answers(whole, kaisas, hennas):
    for _ in range(4):
        whole.reader().read(batches=4)
    assert hennas.open(f"/clients/avi/runs/{whole.run}/results").says("fewer than five so far")
    whole.end().release()
    page = kaisas.open(f"/runs/{whole.run}/results")
    assert page.says("fewer than five colleagues read")
    assert page.says("read by fewer than five colleagues, so their answers are not told")
    assert not page.says("agree, most likely from")


def test_staff_see_readings_then_places_and_release_them(read, hennas, kaisas):
    console = f"/clients/avi/runs/{read.run}/results"
    reading = hennas.open(console)
    assert reading.says("Colleagues read until") and not reading.forms("release-results")
    assert hennas.open(f"{console}/{read.themes[0]}").says("Colleagues are still reading")
    read.end()
    counted = hennas.open(console)
    assert len(counted.tree.xpath('//table[@id="proposed-questions"]/tbody/tr')) == 12
    assert counted.says("has few readers and was counted together with")
    assert hennas.open(f"{console}/{read.themes[0]}").says("only staff see this")
    assert hennas.submit(counted, "release-results").says("The results are out")
    assert kaisas.open(f"/runs/{read.run}/results").says("read by about 9 colleagues or more")


def test_an_editor_looks_but_does_not_release(read, portal):
    read.end()
    page = portal(roles=("editor",)).open(f"/clients/avi/runs/{read.run}/results")
    assert page.status == 200 and not page.forms("release-results") and not page.forms("reading-terms")


def test_staff_agree_on_goal_and_questions(whole, hennas):
    console = f"/clients/avi/runs/{whole.run}/results"
    kept = hennas.submit(
        hennas.open(console), "reading-terms", goal="40", questions="6", expected_readers="80"
    )
    assert kept.says("What was agreed about reading is kept")
    assert kept.form("reading-terms")["goal"] == "40"
    refused = hennas.submit(kept, "reading-terms", goal="neljä")
    assert refused.status == 422 and refused.form("reading-terms")["goal"] == "neljä"


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_pages_speak_the_readers_language(read, portal, language):
    person, staff = portal(language=language), portal(language=language, roles=("lead",))
    read.end().release()
    pages = [person.open(f"/runs/{read.run}/{path}") for path in ("reading", "results")]
    pages.append(staff.open(f"/clients/avi/runs/{read.run}/results"))
    for page in pages:
        assert page.status == 200
        assert not page.says("Reading has ended") and not page.says("The results of reading")


def test_of_two_who_agree_on_reading_the_second_sees_what_the_first_has_changed(whole, hennas):
    console = f"/clients/avi/runs/{whole.run}/results"
    first, second = hennas.open(console), hennas.open(console)
    assert hennas.submit(first, "reading-terms", goal="40").says("is kept")
    assert hennas.submit(second, "reading-terms", questions="6").says("is kept")
    refused = hennas.submit(second, "reading-terms", goal="50")
    assert refused.status == 409 and refused.says("It is now: 40")
    assert refused.form("reading-terms")["goal"] == "50"
    kept = hennas.submit(refused, "reading-terms", take="goal").form("reading-terms")
    assert (kept["goal"], kept["questions"]) == ("40", "6")
