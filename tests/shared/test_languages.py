"""Dates, numbers and plurals are right in each language, and a missing translation shows the English sentence."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog

from shared.languages import (
    alphabetical,
    by_name,
    clock,
    compiled,
    current_language,
    day,
    gettext,
    number,
    percent,
    pgettext,
    speaking,
)

AT = datetime(2027, 3, 14, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "date", "time", "amount", "share"),
    [
        ("fi", "14. maaliskuuta 2027", "16.00", "1\xa0300,5", "62\xa0%"),
        ("sv", "14 mars 2027", "16:00", "1\xa0300,5", "62\xa0%"),
        ("en", "March 14, 2027", "4:00\u202fPM", "1,300.5", "62%"),
    ],
)
def test_dates_and_numbers_follow_the_language(language, date, time, amount, share):
    with speaking(language):
        assert (day(AT), clock(AT), number(1300.5), percent(0.62)) == (date, time, amount, share)


def test_an_unknown_language_falls_back_to_the_first():
    with speaking("xx"):
        assert current_language() == "fi"


def test_a_sentence_nobody_translated_is_shown_in_english():
    with speaking("sv"):
        assert gettext("A sentence that nobody has written yet.") == "A sentence that nobody has written yet."


@pytest.mark.parametrize(
    ("language", "question", "cards"),
    [
        ("fi", "Jätetty sivuun", "Sivuun laitetut"),
        ("sv", "Lagd åt sidan", "Lagda åt sidan"),
        ("en", "Put aside", "Put aside"),
    ],
)
def test_a_sentence_with_two_meanings_is_translated_by_its_context(language, question, cards):
    with speaking(language):
        assert (gettext("Put aside"), pgettext("idea cards", "Put aside")) == (question, cards)


def test_a_context_that_nobody_translated_shows_the_english_sentence():
    with speaking("sv"):
        assert pgettext("nowhere", "Put aside") == "Put aside"


def test_no_sentence_is_not_the_header_of_the_catalogue():
    with speaking("fi"):
        assert gettext("") == ""


def test_finnish_plurals():
    catalog = Catalog(locale="fi")
    catalog.add(("%(n)d view", "%(n)d views"), ("%(n)d näkemys", "%(n)d näkemystä"))
    finnish = compiled(catalog)
    assert [finnish.ngettext("%(n)d view", "%(n)d views", n) % {"n": n} for n in (0, 1, 2)] == [
        "0 näkemystä",
        "1 näkemys",
        "2 näkemystä",
    ]


def test_names_sort_as_finnish_and_swedish_have_it():
    names = [
        "Öst",
        "öberg",
        "Åberg",
        "Ala",
        "äijälä",
        "Zetterberg",
        "ala-Nikula",
        "Ängfors",
        "Yli",
        "Ülo",
        "Éva",
        "Eve",
        "Ahti",
    ]
    assert sorted(names, key=alphabetical) == [
        "Ahti",
        "Ala",
        "ala-Nikula",
        "Éva",
        "Eve",
        "Yli",
        "Ülo",
        "Zetterberg",
        "Åberg",
        "äijälä",
        "Ängfors",
        "öberg",
        "Öst",
    ]


def test_capitals_do_not_part_what_belongs_together():
    assert alphabetical("ÅBO") == alphabetical("åbo") and alphabetical("Turku") < alphabetical("turku 2")


def test_letters_composed_of_two_signs_sort_as_one():
    assert alphabetical("A\u0308ijälä") == alphabetical("Äijälä")


def test_those_of_one_name_stay_in_their_order():
    teams = [SimpleNamespace(name=name, nr=nr) for nr, name in enumerate(["Ö", "a", "A", "a"])]
    assert [team.nr for team in sorted(teams, key=by_name)] == [2, 1, 3, 0]
