"""The launched workbook as everybody reads it."""

import re

from tests import worlds


def test_everybody_reads_the_launched_workbook(kaisa, launched, book):
    page = kaisa.get(book).text
    assert "Yhteinen työkirja" in page and "Jokainen kuuluu mukaan" in page
    assert "Yhteinen periaate" in page  # the book's own words
    assert 'href="#p-' in page and "/threads/" not in page


def test_the_home_page_offers_the_workbook_from_its_launch_on(kaisa, launched, book, run, avis):
    worlds.signed(avis.id, run)
    worlds.moved_on(avis.id, run, "launch")
    page = kaisa.get("/home").text
    assert f'href="{book}"' in page and "Lue työkirja" in page


def test_the_workbook_and_the_cards_are_taken_along(kaisa, launched, book):
    for sheet in ("workbook", "deck"):
        assert kaisa.get(f"{book}/{sheet}.pdf").data.startswith(b"%PDF")


def test_words_are_found_and_marked(kaisa, launched, book):
    page = kaisa.get(f"{book}?q=PERJANTAI").text
    assert "Kokoukseton <mark>perjantai</mark>" in page and "1 kohta, jossa on ”PERJANTAI”" in page
    nothing = kaisa.get(f"{book}?q=%3Cscript%3E").text
    assert "<script>" not in nothing.replace('<script type="module"', "") and 'id="found"' in nothing


def test_a_link_to_a_passage_leads_to_it(kaisa, launched, book):
    passage = re.search(r'class="passage passage-idea-card[^"]*" id="p-([0-9a-f-]+)"', kaisa.get(book).text)[
        1
    ]
    answer = kaisa.get(f"{book}/passages/{passage}")
    assert answer.headers["Location"].endswith(f"/workbook#p-{passage}")


def test_the_idea_cards_are_dealt_one_at_a_time(kaisa, launched, book):
    page = kaisa.get(f"{book}/cards").text
    assert "Kokoukseton perjantai" in page and "Kortti 1 / 1" in page


def test_employees_do_not_come_to_the_desk_and_strangers_not_to_the_book(
    kaisa, browse, kelas, launched, desk, book
):
    assert kaisa.get(f"{desk}/editions").status_code == 403
    pekka = browse(kelas, "Pekka", roles=["coordinator"])
    assert "Jokainen kuuluu" not in pekka.get(book).text
    assert pekka.get(f"{book}/workbook.pdf").status_code == 404
    assert "Jokainen kuuluu" not in pekka.get(desk).text
