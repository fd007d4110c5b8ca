"""The whole journey, as `make story` walks it, with a small pack of our own in Finnish and Swedish."""

import json
from pathlib import Path

import pytest

from infra.demo.walker.pack import BadPack, read_pack
from tests.journeys.figures import ATTACKED, DECIDED, PACK, PEOPLE, figures
from tests.journeys.lines import Lines
from tests.story import __main__ as the_story
from tests.story.__main__ import Step, close, main
from tests.story.report import MUST_BE_THERE, Report

pytestmark = pytest.mark.timeout(900)  # the first test waits for the whole story


@pytest.fixture(scope="module")
def lines() -> Lines:
    """What the story's installation had written when the story was over."""
    return Lines()


@pytest.fixture(scope="module")
def story(tmp_path_factory, lines) -> tuple[int, Path]:
    out = tmp_path_factory.mktemp("story")
    walk = the_story.walk

    def walk_and_look(polku, pack, *along, steps) -> None:
        walk(polku, pack, *along, steps=known_before_the_keys_day(lines, steps))
        lines.look(polku, pack)

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(the_story, "walk", walk_and_look)
        return main([str(PACK), *ATTACKED, "--out", str(out)]), out


def known_before_the_keys_day(lines, steps) -> tuple[Step, ...]:
    at = [step.name for step in steps].index("the key's day")
    return (*steps[:at], Step("everybody", lines.know_everybody), *steps[at:])


def test_nothing_is_lost_on_the_whole_road(story):
    code, out = story
    report = json.loads((out / "report.json").read_text())
    assert report["lost"] == []
    assert code == 0
    assert report["people"] == PEOPLE
    assert report["votes"]["cast"] == report["votes"]["counted"] > 0
    assert report["views.rejected"] == 1
    assert report["readings.fewest"] >= report["readings.floor"]
    assert report["events"]["told"] == report["events"]["handled"] > 0
    assert report["lineage.edges"] > 0


def test_what_the_pack_decides_is_what_stands_beside_it(story):
    """As it is distributed on Kafka and while things break."""
    _, out = story
    assert figures(out / "report.json") == DECIDED


def test_until_the_keys_day_whoever_has_keys_and_database_finds_out(story):
    """Otherwise the attacks would show nothing."""
    _, out = story
    before = attacks(out, "before")
    assert before["opened views"] == 25 and before["opened hands"] == PEOPLE
    assert before["found in files"] > 0
    assert before["rows"] == before["lists"] == before["answers in halls"] == 0


def test_after_the_keys_day_nobody_does_with_everything_there_is(story):
    _, out = story
    after = attacks(out, "after")
    assert {
        "rows",
        "lists",
        "transactions",
        "places",
        "opened views",
        "opened hands",
        "found in files",
        "found in events",
        "opened hands of a backup",
    } < after.keys()
    assert set(after.values()) == {0}, after


def test_a_backup_that_has_not_aged_out_tells_as_much_as_the_pages_say(story):
    _, out = story
    assert attacks(out, "until backups are gone") == {"opened hands": PEOPLE}


def attacks(out: Path, when: str) -> dict[str, int]:
    """How many things each attack told rightly whose they are."""
    report = json.loads((out / "report.json").read_text())
    return report["attacks"][when]


def test_the_workbook_can_be_taken_home(story):
    _, out = story
    assert (out / "workbook.pdf").read_bytes().startswith(b"%PDF-")
    assert (out / "deck.pdf").read_bytes().startswith(b"%PDF-")
    assert "Yhteinen työkirja" in (out / "workbook.html").read_text()


def test_no_line_and_no_count_of_the_whole_story_names_who_took_part_or_steered(story, lines):
    assert {"web.log", "worker.log", "live.log"} <= set(
        lines.written
    ) and "polku_requests_total" in lines.counted
    assert len(lines.ids["identity"]) >= PEOPLE and len(lines.ids["pseudonyms"]) >= 3 * PEOPLE
    assert lines.told(set().union(*lines.ids.values())) == []
    assert lines.told(["@tarina.example", "@tyohuone.example", "Osallistuja"]) == []


def test_no_line_and_no_count_of_the_whole_story_quotes_anybody(story, lines):
    assert len(lines.words) > 20
    assert lines.told(lines.words) == []


def test_a_folder_that_is_no_pack_is_refused_in_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "This is not a pack" in capsys.readouterr().err


def test_the_last_vote_of_a_pair_counts(tmp_path):
    (tmp_path / "comments.csv").write_text("id,text,author,created,moderated\n1,Hei,1,2026-01-01,1\n")
    (tmp_path / "votes.csv").write_text("voter,comment,vote,time\n2,1,1,a\n2,1,-1,b\n")
    assert read_pack(tmp_path).vote(2, 1) == "disagree"


def test_a_pack_without_comments_is_refused(tmp_path):
    (tmp_path / "comments.csv").write_text("id,text,author,created,moderated\n")
    with pytest.raises(BadPack):
        read_pack(tmp_path)


@pytest.fixture
def whole() -> Report:
    report = Report()
    report.figures = dict.fromkeys(MUST_BE_THERE, 0) | {"views.sent": 3, "views.final": 3}
    return report


def test_a_whole_story_has_no_losses(whole):
    assert whole.losses == []


@pytest.mark.parametrize(
    ("name", "figure", "said"),
    [
        ("votes.cast", 5, "5 votes were cast, 0 counted."),
        ("views.final", 2, "3 views were sent, 2 have a final state."),
        ("events.told", 9, "9 events were told, 0 handled."),
        ("events.dead", 1, "1 dead letters."),
        ("lineage.passages_without_views", 1, "1 passages have no path to their views."),
    ],
)
def test_what_was_lost_is_said_and_fails_the_story(whole, tmp_path, name, figure, said):
    whole[name] = figure
    assert whole.losses == [said]
    assert close(whole, tmp_path) == 1


def test_a_figure_that_was_never_found_out_is_a_loss(whole, tmp_path):
    del whole.figures["ranking"]
    assert close(whole, tmp_path) == 1
