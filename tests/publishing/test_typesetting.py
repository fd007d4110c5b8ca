"""The printed workbook: accessible, the same every time, and deaf to anything that staff may have written."""

import io
import re

import pikepdf
import pytest

from services.publishing import typesetting
from services.publishing.content import IdeaCard, Image, Section, StaffVoice, Text
from services.publishing.layout import PRESS, laid_out
from services.publishing.tokens import Look
from services.publishing.typesetting import (
    LetterCannotBePrinted,
    Manuscript,
    PictureWithoutWords,
    PressStoodStill,
    TooBigToPrint,
    printed,
    proof,
)
from tests.publishing.books import EVERY_KIND, MOMENT, PICTURE, a_book, a_picture

HOSTILE = '#panic("x") \\u{41} $x^2$ @ref <label> <script>alert(1)</script> *bold* _it_ -- ~ `raw` // gone /* gone */ [a] = b'


def a_manuscript(*blocks, look=None, **facts):
    return Manuscript(a_book(*(blocks or EVERY_KIND), **facts), look or Look(), {str(PICTURE): a_picture()})


def opened(pdf: bytes) -> "pikepdf.Pdf":
    return pikepdf.open(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    """The text a screen reader finds, by way of each font's ToUnicode map."""
    return " ".join(page_words(page) for page in opened(pdf).pages)


def page_words(page) -> str:
    fonts = {str(name): unicode_map(font) for name, font in page.Resources.get("/Font", {}).items()}
    found, font = [], {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font = fonts[str(operands[0])]
        if str(operator) == "TJ":
            found += [decoded(bytes(run), font) for run in operands[0] if isinstance(run, pikepdf.String)]
        if str(operator) == "Tj":
            found.append(decoded(bytes(operands[0]), font))
    return "".join(found)


def decoded(run: bytes, font: dict[int, str]) -> str:
    return "".join(font.get(int.from_bytes(run[at : at + 2], "big"), "") for at in range(0, len(run), 2))


def unicode_map(font) -> dict[int, str]:
    source = font.ToUnicode.read_bytes().decode("latin-1")
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>", source)
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


@pytest.fixture(scope="module")
def workbook():
    return printed(a_manuscript(), "workbook", MOMENT).pdf


@pytest.fixture(scope="module")
def deck():
    return printed(a_manuscript(), "deck", MOMENT).pdf


@pytest.mark.parametrize("sheet", ["workbook", "deck"])
def test_the_pdf_says_that_it_is_pdf_ua_and_is_tagged(sheet, request):
    pdf = opened(request.getfixturevalue(sheet))
    with pdf.open_metadata() as xmp:
        assert str(xmp["pdfuaid:part"]) == "1"
        assert xmp["dc:title"]
    assert pdf.Root.MarkInfo.Marked and pdf.Root.StructTreeRoot.K is not None
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pdf_speaks_the_language_of_the_book(language):
    pdf = printed(a_manuscript(language=language), "workbook", MOMENT).pdf
    assert str(opened(pdf).Root.Lang).startswith(language)
    labels = {"fi": "Sisältö", "sv": "Innehåll", "en": "Contents"}
    assert labels[language] in words_of(pdf)


def elements_of(pdf: bytes) -> list[dict[str, str]]:
    """The structure tree in reading order: each element's tag and alternative text."""
    with opened(pdf) as document:
        return elements_in(document.Root.StructTreeRoot.K)


def elements_in(element) -> list[dict[str, str]]:
    if isinstance(element, pikepdf.Array):
        return [found for child in element for found in elements_in(child)]
    if not isinstance(element, pikepdf.Dictionary):
        return []
    own = [{"tag": str(element.S), "alt": str(element.get("/Alt", ""))}] if "/S" in element else []
    return own + elements_in(element.get("/K", pikepdf.Array()))


def tags_of(pdf: bytes) -> list[str]:
    return [element["tag"] for element in elements_of(pdf)]


def test_headings_quotes_lists_tables_and_figures_carry_their_tags(workbook):
    assert {"/H1", "/H2", "/H3", "/BlockQuote", "/L", "/Table", "/TH", "/Figure", "/TOC"} <= set(
        tags_of(workbook)
    )


def test_a_picture_carries_its_words(workbook):
    assert {"tag": "/Figure", "alt": "Neljä ihmistä pöydän ääressä"} in elements_of(workbook)


def test_a_picture_without_words_is_refused_with_a_sentence():
    with pytest.raises(PictureWithoutWords) as refusal:
        printed(a_manuscript(Image(image=PICTURE, alt="")))
    assert "Say in words what the picture shows" in refusal.value.sentence


@pytest.mark.parametrize(
    "block",
    [
        Text(text=HOSTILE),
        StaffVoice(text=HOSTILE),
        IdeaCard(title="Kortti", text=HOSTILE),
        Section(title=HOSTILE),
    ],
)
def test_hostile_text_appears_as_it_was_written(block):
    words = words_of(printed(a_manuscript(block), "workbook", MOMENT).pdf)
    assert without_breaks(HOSTILE) in without_breaks(words)


def without_breaks(text: str) -> str:
    return re.sub(r"[\s\u00ad-]", "", text)


def test_every_word_of_every_kind_of_passage_is_printed(workbook):
    words = without_breaks(words_of(workbook))
    for passage in laid_out(a_book(*EVERY_KIND))["chapters"][0]["passages"]:
        for field in ("title", "text", "attribution", "first_step", "caption"):
            for line in passage.get(field, "").replace("- ", "").split("\n"):
                assert without_breaks(line) in words


def test_fonts_are_our_own_and_embedded(workbook):
    fonts = {
        str(font.BaseFont)
        for page in opened(workbook).pages
        for font in page.Resources.get("/Font", {}).values()
    }
    assert all("HankenGrotesk" in name or "SourceSerifPro" in name for name in fonts) and len(fonts) > 1


def test_the_same_manuscript_and_moment_give_the_same_bytes(workbook):
    assert printed(a_manuscript(), "workbook", MOMENT).pdf == workbook


def test_the_press_knows_on_which_page_each_passage_stands():
    manuscript = a_manuscript(*[Text(text="Sana ja toinen sana. " * 200)] * 4)
    standing = printed(manuscript, "workbook", MOMENT).standing
    pages = [standing[str(passage.id)] for passage in manuscript.book.passages()]
    assert pages[0] == 3 and pages[-1] > 4 and pages == sorted(pages)


def test_a_chapter_is_looked_at_without_cover_and_contents():
    book = a_book(Text(text="Proosaa"))
    assert (
        len(proof(Manuscript(book, Look(), {}, is_part=True))) == 1
        and len(proof(Manuscript(book, Look(), {}))) == 3
    )


def test_the_clients_colours_are_on_the_page(workbook):
    other = printed(a_manuscript(look=Look(brand="#2f5d8c")), "workbook", MOMENT).pdf
    assert other != workbook


def test_a_heading_is_never_skipped_whether_or_not_a_section_precedes(workbook):
    tip = EVERY_KIND[4]
    assert tags_of(printed(a_manuscript(tip)).pdf).count("/H2") == 1
    assert "/H3" in tags_of(workbook)


def test_the_deck_has_six_cards_to_a_sheet_and_marks_to_cut_along():
    cards = [IdeaCard(title=f"Kortti {number}", text="Teksti", first_step="Askel") for number in range(7)]
    pdf = opened(printed(a_manuscript(*cards), "deck", MOMENT).pdf)
    assert len(pdf.pages) == 2
    a4 = [float(edge) for edge in pdf.pages[0].MediaBox]
    assert a4 == pytest.approx([0, 0, 595.28, 841.89], abs=0.1)
    strokes = [op for _, op in pikepdf.parse_content_stream(pdf.pages[0]) if str(op) == "S"]
    assert len(strokes) == 2 * 3 + 2 * 4  # both ends of every cut, upright and level


def test_the_longest_card_that_is_allowed_still_fits_on_its_card():
    longest = IdeaCard(title="Kortti", text="Sovitaan yhdessä. " * 23, first_step="")
    assert longest.lacks() == []
    assert without_breaks(longest.text) in without_breaks(
        words_of(printed(a_manuscript(longest), "deck", MOMENT).pdf)
    )


def test_a_draft_that_still_lacks_things_can_be_looked_at():
    pages = proof(a_manuscript(Image(), Text(), IdeaCard()))
    assert len(pages) == 3 and all(page.startswith(b"\x89PNG") for page in pages)


@pytest.mark.parametrize("letters", ["🙂", "漢", "✔️", "ג"])
def test_a_letter_that_our_typefaces_lack_is_a_sentence_and_never_a_blank(letters):
    assert "cannot be printed" in StaffVoice(text=f"Hyvä {letters}").lacks()[0]
    with pytest.raises(LetterCannotBePrinted):
        printed(a_manuscript(StaffVoice(text=f"Hyvä {letters}")))


@pytest.mark.parametrize(
    "letters", ["ä ö å š ž € ”–…’ Č č Đ đ Ŋ ŋ Ŧ ŧ", "a\u0308", "yhdys\u00adsana", "20\u202f%", "→"]
)
def test_finnish_swedish_and_northern_sami_letters_are_printed(letters):
    assert Text(text=letters).lacks() == []
    assert printed(a_manuscript(Text(text=letters))).pdf


def test_a_page_that_takes_for_ever_is_stopped(monkeypatch):
    monkeypatch.setattr(typesetting, "SECONDS", 1)
    with pytest.raises(TooBigToPrint):
        printed(a_manuscript(*[Text(text="Sana ja toinen sana. " * 200)] * 4000))


def test_a_press_that_stands_still_says_nothing_about_the_workbook(monkeypatch):
    monkeypatch.setattr(typesetting, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(PressStoodStill):
        printed(a_manuscript())


def test_a_page_that_takes_too_much_memory_is_stopped(monkeypatch):
    monkeypatch.setattr(typesetting, "MEMORY", 256 * 1024**2)
    with pytest.raises(TooBigToPrint):
        printed(a_manuscript(*[Text(text="Sana ja toinen sana. " * 200)] * 400))


def test_the_press_asks_nothing_of_the_network_and_reads_no_typst_that_people_wrote():
    for source in PRESS.glob("*.typ"):
        written = source.read_text()
        assert "@preview" not in written and "eval(" not in written and "read(" not in written
        assert set(re.findall(r'import "([^"]+)"', written)) <= {"blocks.typ"}
