"""Attack: letters that no screen shows travel beside those that a moderator reads, and say to whoever decodes them what nobody accepted."""

from random import Random

import pytest

from shared.web.cleaning import cleaned
from tests.survey.conftest import Run

SHOWN = "Kokous alkaa ajallaan."


def in_tags(hidden: str) -> str:
    """ASCII as the invisible letters of U+E0000 to U+E007F."""
    return "".join(chr(0xE0000 + ord(sign)) for sign in hidden)


def flag_of(region: str) -> str:
    return "🏴" + in_tags(region) + "\U000e007f"


def in_selectors(hidden: bytes) -> str:
    """Bytes as variation selectors: the first sixteen, then the supplement."""
    return "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in hidden)


def test_a_view_says_to_everybody_what_its_moderator_reads(hear, http):
    typed = f"Kokous{in_tags('Matti is a thief')} alkaa ajallaan.{in_selectors(b'so is Liisa')}"
    given = Run(hear, http).plan().opens().writer().gives(typed)
    assert given.json["view"]["text"] == SHOWN


@pytest.mark.parametrize(
    "hidden",
    [
        in_tags("secret"),
        "\U000e0001" + in_tags("fi"),
        "\U000e007f",
        "\U000e0080",
        "\U000e01f0\U000e0fff",
        "\U000e0100\U000e01ef",
        "\u206a\u206f",
        "\u200b",
        "\u2060",
        "\u2061\u2062\u2063\u2064\u2065",
        "\ufff9fi\ufffa".replace("fi", ""),
        "\ufff0",
        "\u180e",
        "\u17b4\u17b5",
        "\U0001d173\U0001d17a",
        "\U0001bca0",
    ],
)
def test_what_no_screen_shows_is_taken_out(hidden):
    assert cleaned(f"Ko{hidden}kous alkaa{hidden} ajallaan.{hidden}") == SHOWN


@pytest.mark.parametrize("region", ["gbeng", "gbsct", "gbwls"])
def test_a_flag_that_screens_show_is_kept(region):
    assert cleaned(f"Terveisiä {flag_of(region)}!") == f"Terveisiä {flag_of(region)}!"


@pytest.mark.parametrize(
    "sequence",
    [
        flag_of("Matti is a thief"),
        flag_of("ustx"),
        flag_of("gb"),
        "🏴" + in_tags("gbeng"),
        "🏴" + in_tags("gbeng!") + "\U000e007f",
        "🏴\u200b" + in_tags("gbeng"),
    ],
)
def test_behind_another_flag_nothing_is_hidden(sequence):
    assert cleaned(sequence) == "🏴"


@pytest.mark.parametrize(
    "typed",
    [
        "می\u200cخواهم",
        "👩\u200d💻",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3 ☎\ufe0e",
        "葛\U000e0100城市",
        "ᠬᠠᠷ\u180eᠠ",
        "ภาษา\u200bไทย",
        "\u0e01\u200b\u0e02",
        "yhteis\u00adtyö",
        "🏴\u200d☠\ufe0f",
    ],
)
def test_what_scripts_are_written_with_is_kept(typed):
    assert cleaned(typed) == typed


def test_a_sign_has_one_variation_and_a_blank_has_none():
    assert cleaned("❤\ufe0f\ufe0f\ufe0e!") == "❤\ufe0f!"
    assert cleaned("葛\U000e0100\U000e0101\ufe00城") == "葛\U000e0100城"
    assert cleaned("\ufe0fa \ufe0f\ufe0fb") == "a b"


def test_what_is_clean_stays_as_it_is():
    """Whatever stands beside whatever: nothing that is taken out lets something else become a hidden letter."""
    signs = "a字ก ᠠ🏴❤\u200b\u200c\u200d\u2060\u180b\u180e\ufe00\ufe0f\u0308\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f\U000e0100"
    chance = Random(7)
    for _ in range(20_000):
        text = cleaned("".join(chance.choices(signs, k=8)))
        assert cleaned(text) == text, ascii(text)


def test_a_name_of_unseen_letters_is_blank(http):
    answer = (
        http("practice")
        .as_("participant", "supervisor")
        .post("/runs/6a1f5f0c-7a3b-4a52-9d0b-0c2f5a6f7e11/teams", json={"name": in_tags("Hallitus")})
    )
    assert answer.status_code == 422
