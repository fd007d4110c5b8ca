"""What stops a build: a sentence not translated, translated in two ways, or said with a word that we have left."""

import pytest

from infra.development import catalogues
from infra.development.catalogues import Sentence, Translation, terms

HELLO, SEND = Sentence("Hello %(name)s"), Sentence("Send")
SAID = {HELLO: "portal/home.py:1", SEND: "portal/home.html:2"}


@pytest.fixture
def known(monkeypatch):
    """What the catalogues hold."""
    translated = {
        HELLO: [Translation("hello.fi.po:1", ("Hei %(name)s",))],
        SEND: [Translation("send.fi.po:2", ("Lähetä",))],
    }
    monkeypatch.setattr(catalogues, "translations", lambda language: translated)
    return translated


def test_a_translated_sentence_is_fine(known):
    assert list(catalogues.problems_of("fi", SAID)) == []


def test_a_sentence_without_a_translation_is_named_with_its_place(known):
    del known[SEND]
    assert list(catalogues.problems_of("fi", SAID)) == ["portal/home.html:2: no fi for: Send"]


def test_a_translation_that_lost_its_placeholder_is_named(known):
    known[HELLO] = [Translation("hello.fi.po:1", ("Hei",))]
    [problem] = catalogues.problems_of("fi", SAID)
    assert "lost %(name)s" in problem


def test_two_translations_of_one_sentence_are_a_conflict(known):
    known[SEND].append(Translation("other.fi.po:3", ("Postita",)))
    [problem] = catalogues.problems_of("fi", SAID)
    assert problem == "other.fi.po:3: send.fi.po:2 translates this otherwise; give one a context: Send"


def test_the_same_translation_twice_is_none(known):
    known[SEND].append(Translation("other.fi.po:3", ("Lähetä",)))
    assert list(catalogues.problems_of("fi", SAID)) == []


def test_a_context_makes_another_sentence_of_it(known):
    letters = Sentence("Send", "letters")
    assert list(catalogues.problems_of("fi", SAID | {letters: "portal/mail.html:9"})) == [
        "portal/mail.html:9: no fi for: Send (letters)"
    ]
    known[letters] = [Translation("mail.fi.po:4", ("Postita",))]
    assert list(catalogues.problems_of("fi", SAID | {letters: "portal/mail.html:9"})) == []


def test_a_placeholder_that_only_the_translation_has_is_named(known):
    known[SEND] = [Translation("send.fi.po:2", ("Lähetä %(whom)s",))]
    [problem] = catalogues.problems_of("fi", SAID)
    assert problem == "portal/home.html:2: nobody fills in %(whom)s of the fi translation: Send"


def test_a_word_that_we_have_left_is_named_with_the_one_to_say(known):
    known[SEND] = [Translation("send.fi.po:2", ("Lähetä konsulttitoimistolle",))]
    [problem] = catalogues.problems_of("fi", SAID)
    assert problem == "send.fi.po:2: say “konsulttitalo”: Lähetä konsulttitoimistolle"


@pytest.mark.parametrize(
    ("language", "english", "wrong", "right"),
    [
        ("fi", "Under which pseudonyms", "Millä salanimillä", "Millä peitenimillä"),
        ("fi", "It is kept under a pseudonym", "Se säilytetään numerolla", "Se säilytetään peitenimellä"),
        ("fi", "Choose a session", "Valitse sopiva kerta", "Valitse sopiva työpaja"),
        ("fi", "%(num)d people", "%(num)d ihminen %(num)d ihmistä", "%(num)d henkilö %(num)d henkilöä"),
        ("fi", "A colleague wrote", "Kollegasi kirjoitti", "Työkaverisi kirjoitti"),
        ("sv", "The agreed path", "Den överenskomna vägen", "Den överenskomna stigen"),
        ("sv", "This path has one", "Den här vägen har en", "Den är på väg"),
        ("sv", "Colleagues", "Kollegorna", "Kollegerna"),
        ("sv", "Passages", "Ställen", "Avsnitt"),
        ("sv", "A session needs a day", "En träff behöver en dag", "En workshop behöver en dag"),
        ("sv", "A new edition", "En ny upplaga", "En ny utgåva"),
        ("sv", "The workshop “Home”", 'Workshoppen "Hem"', "Workshoppen ”Hem”"),
        ("fi", "from one to two", "yksi - kaksi", "yksi – kaksi"),
    ],
)
def test_each_language_has_its_terms(language, english, wrong, right):
    assert any(term.is_broken_by(english, wrong) for term in terms(language))
    assert not any(term.is_broken_by(english, right) for term in terms(language))


def test_a_word_may_be_right_for_something_else():
    assert not any(term.is_broken_by("Write a number", "Kirjoita numero") for term in terms("fi"))
    assert not any(term.is_broken_by("Colleague", "Kollega") for term in terms("fi"))


def test_sentences_are_found_with_their_context(tmp_path):
    (tmp_path / "page.html").write_text("{{ pgettext('cards', 'Put aside') }} {{ _('Put aside') }}")
    (tmp_path / "words.py").write_text('STEPS = {"start": NC_("step", "Start")}\n')
    assert set(catalogues.sentences_in(tmp_path)) == {
        Sentence("Put aside", "cards"),
        Sentence("Put aside"),
        Sentence("Start", "step"),
    }


def test_polku_speaks_finnish_and_swedish(capsys):
    assert catalogues.main() == 0, capsys.readouterr().out
