"""What is reported of two albums, and what is passed over."""

import pytest
from PIL import Image

from tests.pictures.comparing import compare, write_report

PAGE, WORDS = "kaisa_avi_home-desk.png", "kaisa_avi_home.txt"


def album(folder, *spots, height=60, words="Hei Kaisa!"):
    folder.mkdir()
    picture = Image.new("RGB", (100, height), "white")
    for spot in spots:
        picture.putpixel(spot, (20, 20, 20))
    picture.save(folder / PAGE)
    (folder / WORDS).write_text(words)
    return folder


@pytest.fixture
def before(tmp_path):
    return album(tmp_path / "before")


def test_the_same_page_is_not_mentioned(before, tmp_path):
    assert not compare(before, album(tmp_path / "after"))


def test_a_changed_page_comes_with_its_pixels_and_its_words(before, tmp_path):
    after = album(tmp_path / "after", (3, 3), (4, 3), words="Hei Mikael!")
    [found] = compare(before, after)
    assert (found.name, found.pixels) == (PAGE, 2)
    assert found.words[1:] == ["-Hei Kaisa!", "+Hei Mikael!"]


def test_a_longer_page_differs(before, tmp_path):
    [found] = compare(before, album(tmp_path / "after", height=61))
    assert found.pixels == 100


def test_what_differs_by_itself_is_passed_over_but_not_what_stands_elsewhere(before, tmp_path):
    again = album(tmp_path / "again", (50, 50))
    after = album(tmp_path / "after", (51, 50), (3, 3))
    [found] = compare(before, after, again)
    assert found.pixels == 1


@pytest.mark.parametrize(("where", "said"), [("before", "is not there any more"), ("after", "is new")])
def test_a_page_of_one_album_alone_is_mentioned(tmp_path, where, said):
    folders = {name: tmp_path / name for name in ("before", "after")}
    for name, folder in folders.items():
        album(folder) if name == where else folder.mkdir()
    assert [found.what for found in compare(**folders)] == [said]


def test_the_report_shows_both_and_where_they_differ(before, tmp_path):
    after, report = album(tmp_path / "after", (3, 3)), tmp_path / "report"
    write_report(compare(before, after), before, after, report)
    assert Image.open(report / PAGE).width == 3 * 100 + 20
    assert PAGE in (report / "index.html").read_text()
