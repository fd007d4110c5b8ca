"""What a workbook is made of, and what it still lacks before anybody reads it."""

from uuid import uuid4

import msgspec
import pytest

from services.publishing.content import (
    CARD_HOLDS,
    KINDS,
    Book,
    Figure,
    IdeaCard,
    Image,
    Row,
    StaffVoice,
    Text,
    merged,
    paragraphs,
    read_block,
)
from tests.publishing.books import EVERY_KIND, a_book


def test_a_finished_book_lacks_nothing():
    assert a_book(*EVERY_KIND).lacks() == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_passage_of_any_kind_may_be_begun_empty_and_says_what_it_needs(kind):
    block = read_block({"kind": kind})
    assert block.kind == kind and block.lacks()


def test_a_picture_without_a_description_is_not_ready():
    (sentence,) = Image(image=uuid4()).lacks()
    assert "Say in words what it shows" in sentence


def test_an_idea_that_does_not_fit_on_a_card_is_not_ready():
    assert "too long for the deck" in IdeaCard(title="Long", text="x" * (CARD_HOLDS + 1)).lacks()[0]
    assert IdeaCard(title="Fits", text="x" * CARD_HOLDS).lacks() == []


def test_a_book_without_chapters_says_so():
    assert Book(title="T", language="fi").lacks() == [(None, "The workbook has no chapters yet.")]


def test_what_lacks_points_to_its_passage():
    book = a_book(Text(text="good"), Text())
    assert book.lacks() == [(book.chapters[0].passages[1].id, "A text is empty.")]


@pytest.mark.parametrize(
    "written",
    [{"kind": "text", "html": "<b>"}, {"kind": "video"}, {"text": "no kind"}, {"kind": "text", "text": 4}],
)
def test_what_we_do_not_know_is_refused_rather_than_kept(written):
    with pytest.raises(msgspec.ValidationError):
        read_block(written)


def test_only_colleagues_own_words_wait_for_clearing():
    assert {name for name, kind in KINDS.items() if kind.is_quoted} == {"staff_voice", "experience"}


def test_quotes_of_a_withdrawn_view_are_taken_out_and_the_rest_stays():
    (view, other), book = (
        (uuid4(), uuid4()),
        a_book(StaffVoice(text="mine"), StaffVoice(text="hers"), Text(text="ours")),
    )
    mine, hers, ours = (
        msgspec.structs.replace(passage, derived_from=(source,))
        for passage, source in zip(book.chapters[0].passages, (view, other, view), strict=True)
    )
    chapter = msgspec.structs.replace(book.chapters[0], passages=(mine, hers, ours))
    book = msgspec.structs.replace(book, chapters=(chapter,))
    assert book.without_quotes_of({view}).chapters[0].passages == (hers, ours)


def test_two_writers_in_different_fields_both_win():
    base, mine, theirs = (IdeaCard(title=t, text=x) for t, x in (("A", "a"), ("B", "a"), ("A", "b")))
    assert merged(base, mine, theirs) == IdeaCard(title="B", text="b")


def test_two_writers_in_one_field_are_a_conflict_unless_they_agree():
    base, mine, theirs = Text(text="a"), Text(text="b"), Text(text="c")
    assert merged(base, mine, theirs) is None
    assert merged(base, mine, mine) == mine


def test_plain_text_becomes_paragraphs_and_lists():
    assert paragraphs("One\r\ntwo\r\n\r\nThree\n- four\n- five\n\n\n") == [
        {"kind": "paragraph", "lines": ["One", "two"]},
        {"kind": "paragraph", "lines": ["Three"]},
        {"kind": "list", "lines": ["four", "five"]},
    ]
    assert paragraphs("   ") == []


def test_a_figure_keeps_its_rows_through_json():
    figure = Figure(title="T", rows=(Row(label="a", value=40, low=35, high=45),))
    assert read_block(msgspec.to_builtins(figure)) == figure


def test_a_title_with_an_emoji_holds_the_book_back():
    ((where, sentence),) = a_book(Text(text="hyvä"), title="Työkirja 🎉").lacks()
    assert where is None and "cannot be printed" in sentence
