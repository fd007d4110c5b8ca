import pytest

from infra.development import catalogues

SAID = {"Hello %(name)s": "portal/home.py:1", "Send": "portal/home.html:2"}


@pytest.fixture
def known(monkeypatch):
    """What the catalogues hold."""
    translated = {"Hello %(name)s": ["Hei %(name)s"], "Send": ["Lähetä"]}
    monkeypatch.setattr(catalogues, "translations", lambda language: translated)
    return translated


def test_a_translated_sentence_is_fine(known):
    assert list(catalogues.problems_of("fi", SAID)) == []


def test_a_sentence_without_a_translation_is_named_with_its_place(known):
    del known["Send"]
    assert list(catalogues.problems_of("fi", SAID)) == ["portal/home.html:2: no fi for: Send"]


def test_a_translation_that_lost_its_placeholder_is_named(known):
    known["Hello %(name)s"] = ["Hei"]
    [problem] = catalogues.problems_of("fi", SAID)
    assert "lost %(name)s" in problem


def test_polku_speaks_finnish_and_swedish(capsys):
    assert catalogues.main() == 0, capsys.readouterr().out
