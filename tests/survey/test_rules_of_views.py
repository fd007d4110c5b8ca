"""What becomes of one view: its author's words, a moderator's decision, and what others are told."""

from uuid import uuid4

import pytest

from services.survey.models.standing import change_in
from services.survey.models.view import (
    WITHDRAWALS_ARE_TOLD,
    AlreadyWithdrawn,
    ReasonMissing,
    next_night,
)
from shared.contracts.survey import ViewModerated, ViewRevised, ViewShared, ViewWithdrawn
from shared.web.wordings import WordingChanged
from tests.survey.views import a_view, told

WHY = ("person", "Nimi pois, niin julkaisen.")


def decide(view, decision: str, ground: str | None = None, reason: str | None = None) -> None:
    """A moderator decides on the words as they stand."""
    view.settle(decision, ground, reason, view.wording)


def shared(text: str = "Vanha.") -> object:
    """A view that stands before colleagues and was read by a moderator."""
    view = a_view(text)
    decide(view, "accept")
    return view


def test_an_accepted_view_stands_before_colleagues():
    view = shared()
    assert (view.status, view.awaits_check) == ("shared", False)
    assert told(view) == [ViewModerated, ViewShared] and view.told[0].decision == "accepted"


def test_a_view_shared_at_once_is_read_by_a_moderator_all_the_same():
    view = a_view()
    view.share()
    assert view.awaits_check and told(view) == [ViewShared]
    decide(view, "accept")
    assert not view.awaits_check and told(view) == [ViewShared, ViewModerated]


def test_a_rejected_view_disappears_and_its_author_is_told_why():
    view = a_view("Esihenkilö Virtanen ei osaa.", "shared")
    decide(view, "reject", *WHY)
    assert (view.status, view.awaits_check) == ("rejected", False)
    assert (view.ground, view.reason) == WHY
    assert view.told[0].decision == "rejected"


@pytest.mark.parametrize("ground", [None, ""])
def test_nobody_rejects_without_a_reason(ground):
    view = a_view()
    with pytest.raises(ReasonMissing):
        decide(view, "reject", ground, "Ei käy.")
    assert view.status == "waiting" and view.awaits_check


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_a_decision_is_about_the_wording_that_was_read(decision):
    view = a_view("Kahvitauko kuuluu kaikille.")
    read = view.wording
    view.revise("Pomo on idiootti.", "fi", moderated_first=True)
    with pytest.raises(WordingChanged):
        view.settle(decision, *WHY, read)
    assert view.told == [] and view.awaits_check


def test_also_another_language_is_another_wording():
    view = a_view("Bra.")
    read = view.wording
    view.revise("Bra.", "sv", moderated_first=True)
    assert view.wording != read


def test_where_moderation_comes_first_the_old_wording_stands_until_the_new_one_is_read():
    view = shared()
    view.revise("Uusi.", "sv", moderated_first=True)
    assert (view.text, view.latest_text, view.language) == ("Vanha.", "Uusi.", "fi")
    assert view.awaits_check and told(view) == [ViewModerated, ViewShared]
    decide(view, "accept")
    assert (view.text, view.language, view.revision, view.revision_language) == ("Uusi.", "sv", None, None)
    assert told(view)[2:] == [ViewModerated, ViewRevised]


def test_where_moderation_comes_after_the_new_wording_stands_at_once():
    view = shared()
    view.revise("Uusi.", "sv", moderated_first=False)
    assert (view.text, view.language, view.revision) == ("Uusi.", "sv", None)
    assert view.awaits_check and told(view)[2:] == [ViewRevised]


def test_a_rejected_wording_leaves_the_old_one_standing():
    view = shared()
    view.revise("Uusi, ja Virtasen nimi.", "fi", moderated_first=True)
    decide(view, "reject", *WHY)
    assert (view.text, view.status, view.revision, view.revision_language) == ("Vanha.", "shared", None, None)
    assert (view.ground, view.reason) == WHY
    assert told(view) == [ViewModerated, ViewShared]


def test_an_author_mends_a_rejected_view_and_it_is_read_again():
    view = a_view("Virtanen ei osaa.")
    decide(view, "reject", *WHY)
    view.revise("Esihenkilöt tarvitsevat tukea.", "fi", moderated_first=True)
    assert (view.status, view.awaits_check, view.ground, view.reason) == ("waiting", True, None, None)
    decide(view, "accept")
    assert view.status == "shared"


def test_a_mended_view_stands_at_once_where_moderation_comes_after():
    view = a_view(status="rejected")
    view.revise("Paremmin.", "fi", moderated_first=False)
    assert view.status == "shared" and told(view) == [ViewShared]


def test_a_rejection_can_be_thought_over():
    view = a_view()
    decide(view, "reject", *WHY)
    view.reconsider()
    assert (view.status, view.awaits_check) == ("waiting", True)


def test_what_stands_is_not_reconsidered():
    view = shared()
    view.reconsider()
    assert (view.status, view.awaits_check) == ("shared", False)


def test_accepting_forgets_why_an_earlier_wording_was_rejected():
    view = shared()
    view.revise("Uusi.", "fi", moderated_first=True)
    decide(view, "reject", *WHY)
    view.awaits_check = True
    decide(view, "accept")
    assert (view.ground, view.reason) == (None, None)


def test_a_view_taken_back_loses_its_words_at_once_and_is_told_at_night():
    view = shared("Kadun tätä.")
    view.revise("Tätäkin.", "sv", moderated_first=True)
    view.withdraw()
    assert (view.status, view.text, view.latest_text, view.revision_language) == (
        "withdrawn",
        None,
        None,
        None,
    )
    assert not view.awaits_check and ViewWithdrawn not in told(view)
    assert view.timers == {WITHDRAWALS_ARE_TOLD: next_night()} and view.leaves_tonight
    view.tell_withdrawal()
    assert told(view)[-1] == ViewWithdrawn and not view.leaves_tonight


def test_of_a_view_that_nobody_has_seen_nobody_is_told():
    view = a_view()
    decide(view, "reject", *WHY)
    view.withdraw()
    assert view.timers == {} and not view.leaves_tonight
    assert (view.ground, view.reason) == (None, None)


def test_taking_back_twice_is_taking_back_once():
    view = shared()
    view.withdraw(), view.withdraw()
    assert view.leaves_tonight
    view.tell_withdrawal()
    view.withdraw()
    assert not view.leaves_tonight


def test_a_view_taken_back_is_not_reworded():
    view = shared()
    view.withdraw()
    with pytest.raises(AlreadyWithdrawn):
        view.revise("Uusi.", "fi", moderated_first=False)
    assert view.text is None


def test_a_view_counts_when_it_stands_and_no_more_when_it_does_not():
    assert change_in(a_view()) == 0
    assert change_in(shared()) == 1


def test_what_is_told_of_a_view_is_its_ids():
    view = shared()
    about = {"run_id": view.run_id, "theme_id": view.theme_id, "view_id": view.id}
    assert view.told[1] == ViewShared(**about, language="fi") and view.id != uuid4()
