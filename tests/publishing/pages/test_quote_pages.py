"""Quotes cleared beside their sources, and both sides' approval."""

from tests.publishing.pages.forms import action, add, hidden


def test_a_view_becomes_a_quote_with_one_press_and_is_cleared_beside_its_source(
    henna, tuula, begun, view, desk
):
    page = henna.get(f"{begun}?sources=all")
    assert "Etänä olevat unohtuvat." in page.text and "luettu noin 41 kertaa tai useammin" in page.text
    sent = hidden(page, f"use-{view}") | {"source": view}
    passage = henna.post(action(page, f"use-{view}"), data=sent).headers["Location"].rpartition("#p-")[2]
    quotes = tuula.get(f"{desk}/quotes")
    assert quotes.text.count("Etänä olevat unohtuvat.") == 2
    tuula.post(
        action(quotes, f"clear-{passage}"),
        data=hidden(quotes, f"clear-{passage}")
        | {"identifiability": "cleared", "wording": "cleared", "note": "Ok."},
    )
    assert "kaikki sitaatit on hyväksytty" in tuula.get(f"{desk}/quotes").text


def test_a_quote_changed_meanwhile_comes_back_with_what_was_typed(henna, tuula, begun, view, desk):
    page = henna.get(f"{begun}?sources=all")
    sent = hidden(page, f"use-{view}") | {"source": view}
    passage = henna.post(action(page, f"use-{view}"), data=sent).headers["Location"].rpartition("#p-")[2]
    quotes = tuula.get(f"{desk}/quotes")
    before = {"revision": "7", "identifiability": "cleared", "wording": "cleared", "note": "Kysyin häneltä."}
    refused = tuula.post(action(quotes, f"clear-{passage}"), data=before)
    assert refused.status_code == 409 and "Mitään ei päätetty" in refused.text
    assert 'value="Kysyin häneltä."' in refused.text
    assert "kaikki sitaatit on hyväksytty" not in tuula.get(f"{desk}/quotes").text


def test_both_sides_approve_and_each_sees_who_did(henna, tuula, begun, rooms, desk):
    add(henna, begun, "principle", title="Jokainen kuuluu mukaan", text="Yksi yhteinen tila.")
    henna.post(action(henna.get(rooms), "ask-for-review"))
    for person, place in ((henna, rooms), (tuula, desk)):
        page = person.get(place)
        person.post(action(page, "approve"), data=hidden(page, "approve"))
    for page in (henna.get(rooms), tuula.get(desk)):
        assert "molempien hyväksymä" in page.text and "Tuula" in page.text


def test_a_change_makes_it_a_draft_again(henna, approved, begun, rooms):
    add(henna, begun, "text", text="Vielä yksi asia")
    assert 'id="ask-for-review"' in henna.get(rooms).text
