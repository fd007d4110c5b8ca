"""Of two who change the same on the pages of the workshops, neither overwrites the other unseen."""

from tests.workshop.journeys import at_the_board as at_the_board
from tests.workshop.journeys import avis as avis
from tests.workshop.journeys import board_of, go_on
from tests.workshop.journeys import browse as browse
from tests.workshop.journeys import build as build
from tests.workshop.journeys import consultancy as consultancy
from tests.workshop.journeys import employ as employ
from tests.workshop.journeys import henna as henna
from tests.workshop.journeys import journey as journey
from tests.workshop.journeys import opens as opens
from tests.workshop.journeys import prepared as prepared
from tests.workshop.journeys import whole as whole


def test_of_two_who_word_a_question_the_second_sees_both_texts_and_chooses(henna, journey):
    [listed] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    first, second = (henna.open(f"{journey.console}/questions/{listed}") for _ in range(2))
    henna.submit(first, "word-question", "word", **{"wording-fi": "Mikä lyhentää kokouksia?"})
    refused = henna.submit(second, "word-question", "word", **{"wording-fi": "Miksi kokoukset venyvät?"})
    assert refused.status == 409
    assert refused.form("word-question").fields["wording-fi"].strip() == "Miksi kokoukset venyvät?"
    assert refused.has("It is now: Mikä lyhentää kokouksia?")
    taken = henna.submit(refused, "word-question", "word", take="wording/fi")
    assert taken.form("word-question").fields["wording-fi"].strip() == "Mikä lyhentää kokouksia?"
    mine = henna.submit(refused, "word-question", "word")
    assert mine.status == 200 and mine.has("The wording is kept.")
    assert mine.form("word-question").fields["wording-fi"].strip() == "Miksi kokoukset venyvät?"


def test_a_refusal_for_another_reason_does_not_hide_what_somebody_has_worded_meanwhile(henna, journey):
    [listed] = henna.open(f"{journey.console}/questions").ids("question-", "article")
    first, second = (henna.open(f"{journey.console}/questions/{listed}") for _ in range(2))
    henna.submit(first, "word-question", "word", **{"wording-fi": "Mikä lyhentää kokouksia?"})
    refused = henna.submit(second, "word-question", "word", **{"wording-fi": "Miksi?" * 100})
    assert refused.status == 422
    again = henna.submit(refused, "word-question", "word", **{"wording-fi": "Miksi kokoukset venyvät?"})
    assert again.status == 409 and again.has("It is now: Mikä lyhentää kokouksia?")


def test_of_two_who_change_a_card_the_second_sees_both_texts(journey, at_the_board):
    kaisa, matti, session = at_the_board
    page = kaisa.submit(board_of(kaisa, journey, session), "add-card-causes", "add", text="Kalenteri")
    [card] = page.ids("card-", "li")
    stale = board_of(matti, journey, session)
    assert kaisa.submit(page, f"edit-card-{card}", "edit", text="Täysi kalenteri").status == 200
    refused = matti.submit(stale, f"edit-card-{card}", "edit", text="Kalenterit")
    assert refused.status == 409 and refused.has("Täysi kalenteri")
    assert refused.form(f"edit-card-{card}").fields["text"].strip() == "Kalenterit"
    assert matti.submit(stale, f"edit-card-{card}", "remove").status == 409
    taken = matti.submit(refused, f"edit-card-{card}", "edit", take="text")
    assert taken.form(f"edit-card-{card}").fields["text"].strip() == "Täysi kalenteri"


def test_of_two_who_change_an_outcome_the_second_sees_both_texts(journey, at_the_board, henna):
    kaisa, matti, session = at_the_board
    go_on(henna, journey, session, 5)
    words = {"text": "Kokous ilman aihetta syö päivän."}
    page = kaisa.submit(board_of(kaisa, journey, session), "outcome-form-new", "write", **words)
    [outcome] = page.ids("outcome-", "li")
    stale = board_of(matti, journey, session)
    form = f"outcome-form-{outcome}"
    assert kaisa.submit(page, form, "say", text="Aiheeton kokous syö päivän.").status == 200
    refused = matti.submit(stale, form, "say", text="Kokous syö päivän.")
    assert refused.status == 409 and refused.has("Aiheeton kokous syö päivän.")
    assert refused.form(form).fields["text"].strip() == "Kokous syö päivän."


def test_of_two_who_prepare_a_session_neither_undoes_what_the_other_did(journey, opens, henna, prepared):
    prepared.tabled()
    opens(1)
    address = f"{journey.console}/sessions/{prepared.schedule()['id']}"
    first, second = henna.open(address), henna.open(address)
    assert henna.submit(first, "reschedule-session", "reschedule", title="Lappi").status == 200
    assert henna.submit(second, "reschedule-session", "reschedule", places="30").status == 200
    later = {"starts_at": "2027-03-02T10:00", "ends_at": "2027-03-02T12:00", "title": "Oulu"}
    refused = henna.submit(second, "reschedule-session", "reschedule", **later)
    assert refused.status == 409 and refused.has("It is now: Lappi")
    kept = refused.form("reschedule-session").fields
    assert (kept["title"], kept["starts_at"]) == ("Oulu", "2027-03-02T10:00")
    taken = henna.submit(refused, "reschedule-session", "reschedule", take="title")
    kept = taken.form("reschedule-session").fields
    assert (kept["title"], kept["places"], kept["starts_at"]) == ("Lappi", "30", "2027-03-02T10:00")


def test_of_two_who_keep_notes_the_second_sees_both(journey, at_the_board, henna):
    _, _, session = at_the_board
    address = f"{journey.console}/sessions/{session}"
    notes, stale = henna.open(address), henna.open(address)
    assert henna.submit(notes, "keep-notes", "keep-notes", notes="Hyvä alku").status == 200
    refused = henna.submit(stale, "keep-notes", "keep-notes", notes="Kiire")
    assert refused.status == 409 and refused.has("It is now: Hyvä alku")
    assert refused.form("keep-notes").fields["notes"].strip() == "Kiire"
