"""What an author writes, how it leaves her row, and whose a receipt is."""

from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from services.survey.handfuls import all_of, one_of
from services.survey.models import Author
from services.survey.receipts import NoReceipt, fresh_receipt, hash_of
from services.survey.writing import NothingWritten, TooLong, written
from services.survey.writings import Words, Writings
from shared.privacy.keys import Key
from tests.survey.views import RUN, THEME, waiting

KEY = Key(bytes(32))


@pytest.mark.parametrize("nothing", ["", "  \n ", "\u00ad"])
def test_a_view_without_words_is_refused(nothing):
    with pytest.raises(NothingWritten):
        written(nothing)


def test_a_view_longer_than_colleagues_read_is_refused():
    with pytest.raises(TooLong):
        written("a" * 2001)
    assert written(f" {'a' * 2000} ") == "a" * 2000


@pytest.mark.parametrize("made_up", ["", "short", "x" * 500])
def test_what_is_no_receipt_is_refused(made_up):
    with pytest.raises(NoReceipt):
        hash_of(made_up)


def test_a_receipt_is_known_with_blanks_around_it_and_never_twice_the_same():
    receipt, other = fresh_receipt(), fresh_receipt()
    assert hash_of(f" {receipt}\n") == hash_of(receipt) != hash_of(other)


def an_author() -> Author:
    author = Author(run_id=RUN, pseudonym=uuid4())
    author.tenant_id = uuid4()
    return author


def test_a_row_that_was_just_made_holds_nothing():
    assert an_author().open(KEY) == Writings()


def test_what_is_sealed_comes_back_as_it_was_under_a_new_version():
    author, writings = an_author(), Writings(drafts={THEME: Words("Kesken", "fi")}, waiting=[waiting()])
    author.seal(writings, KEY)
    assert author.open(KEY) == writings and (author.version, author.waits) == (1, True)


def test_a_row_shows_neither_words_nor_how_many():
    little, much = an_author(), an_author()
    little.seal(Writings(), KEY)
    much.seal(Writings(waiting=[waiting("Aivan muuta, ja enemmän.") for _ in range(9)]), KEY)
    assert len(little.sealed) == len(much.sealed) and b"muuta" not in much.sealed


def test_an_earlier_version_of_a_row_does_not_open_in_its_place():
    author = an_author()
    author.seal(Writings(), KEY)
    before = author.sealed
    author.seal(Writings(drafts={THEME: Words("Kesken", "fi")}), KEY)
    author.sealed = before
    with pytest.raises(InvalidTag):
        author.open(KEY)


def test_of_a_handful_each_author_gives_one_and_the_rest_waits():
    writings = Writings(waiting=[waiting("Yksi."), waiting("Kaksi.")])
    [left] = one_of(writings)
    assert left not in writings.waiting and len(writings.waiting) == 1
    assert writings.given == {left.id: THEME} and writings.something_waits


def test_a_new_wording_waits_for_others_like_a_view():
    view_id = uuid4()
    writings = Writings(revisions={view_id: Words("Uusi.", "fi")})
    assert writings.something_waits and one_of(writings) == [(view_id, Words("Uusi.", "fi"))]
    assert writings.revisions == {} and not writings.something_waits


def test_of_whom_nothing_waits_nothing_leaves():
    assert one_of(Writings()) == []


def test_at_closing_everything_leaves_and_nobodys_draft_is_kept():
    kept = Writings(drafts={THEME: Words("Kesken", "fi")}, waiting=[waiting(), waiting()])
    kept.revisions = {uuid4(): Words("Uusi.", "fi")}
    assert len(all_of(kept)) == 3
    assert (kept.drafts, kept.waiting, kept.revisions) == ({}, [], {}) and len(kept.given) == 2


def test_a_view_taken_back_before_it_left_never_leaves():
    gone = waiting(None)
    writings = Writings(waiting=[gone])
    assert writings.unread == all_of(writings) == [] and writings.waiting == [gone]


def test_whoever_has_sent_something_has_written_and_whoever_only_began_has_not():
    sent = Writings(waiting=[waiting()])
    assert sent.wrote and sent.holds(sent.waiting[0].id) and not sent.holds(uuid4())
    assert not Writings(drafts={THEME: Words("Kesken", "fi")}).wrote
    given = uuid4()
    assert Writings(given={given: THEME}).wrote and Writings(given={given: THEME}).holds(given)


def test_a_view_is_found_by_the_receipt_it_was_sent_with():
    writings = Writings(waiting=[waiting(), waiting()])
    writings.waiting[1].receipt_hash = b"hers"
    assert writings.with_receipt(b"hers") is writings.waiting[1]
    assert writings.with_receipt(b"nobody's") is None
