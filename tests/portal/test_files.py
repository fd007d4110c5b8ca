"""Files in forms: what may be chosen is said, what is refused is refused at its field, and nothing typed beside it is lost."""

import io
import re

import pytest
from PIL import Image

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import people
from services.portal.web.away import TOO_LARGE
from shared.web.file_limits import LARGEST_FORM, LARGEST_PICTURE, LARGEST_SHEET, LARGEST_TEXT
from tests.portal.templates import PAGES

COLOURS = {
    "brand": "#2f5d8c",
    "brand-on": "#ffffff",
    "accent": "#b8392b",
    "accent-text": "#9c2c20",
    "tint": "#e6efe9",
}
TOO_LARGE_PICTURE = b"\xff\xd8\xff" + b"\0" * (LARGEST_PICTURE - 2)
HEIC = b"\0\0\0\x18ftypheic" + bytes(50)


@pytest.fixture
def aino(browse, avis):
    """The client's designer."""
    return browse(avis, "Aino", roles=["designer"])


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin", "coordinator"])


def save_look(browser, cover: bytes, **more):
    sent = COLOURS | {"act": "save", "cover_file": (io.BytesIO(cover), "kuva.jpg")}
    return browser.post("/desk/theme", data=sent, content_type="multipart/form-data", **more)


def said_at(page, field: str) -> str:
    """The sentence of a refusal beside this field, which says that it is about it."""
    control = re.search(rf'<input id="{field}"[^>]*>', page.text)[0]
    assert 'aria-invalid="true"' in control and f'aria-describedby="{field}-about"' in control
    about = re.search(rf'<div id="{field}-about">.*?</div>', page.text, re.DOTALL)[0]
    return re.search(r'<p class="wrong">([^<]+)</p>', about)[1]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("fi", "suurempi kuin 25 Mt"), ("sv", "större än 25 MB")],
)
def test_a_picture_that_is_too_large_is_refused_at_its_field_and_the_colours_stay(aino, language, sentence):
    refused = save_look(aino, TOO_LARGE_PICTURE, query_string={"lang": language})
    assert refused.status_code == 413 and sentence in said_at(refused, "cover_file")
    assert 'value="#2f5d8c"' in refused.text


@pytest.mark.parametrize(
    ("file", "sentence"), [(HEIC, "HEIC"), (b"<svg/>", "PNG-, JPEG- tai WebP"), (b"", "PNG-, JPEG- tai WebP")]
)
def test_what_cannot_be_printed_is_refused_at_its_field_and_the_colours_stay(aino, file, sentence):
    refused = save_look(aino, file)
    assert refused.status_code == 422 and sentence in said_at(refused, "cover_file")
    assert 'value="#2f5d8c"' in refused.text


def test_a_picture_as_phones_take_them_becomes_the_cover(aino):
    photo = io.BytesIO()
    Image.new("RGB", (7296, 5472), "#336699").save(photo, "JPEG")
    padded = photo.getvalue() + b"\0" * (LARGEST_PICTURE - len(photo.getvalue()))
    assert save_look(aino, padded).status_code == 303
    assert 'name="no_cover"' in aino.get("/desk/theme").text


def take_in(browser, file: bytes):
    sent = {"people": "Kaisa;kaisa@avi.example", "file": (io.BytesIO(file), "lista.csv")}
    return browser.post("/desk/people/list", data=sent, content_type="multipart/form-data")


def test_a_list_that_is_too_large_is_refused_at_its_field_and_what_was_pasted_stays(sari):
    refused = take_in(sari, b"x" * (LARGEST_SHEET + 1))
    assert refused.status_code == 413 and "suurempi kuin 5 Mt" in said_at(refused, "file")
    assert "Kaisa;kaisa@avi.example</textarea>" in refused.text


def test_a_list_of_five_thousand_is_pasted_at_once(sari):
    line = "Pitkänimi Erittäin-Pitkäsukunimi;{}@aluehallintovirasto.example;Ympäristöterveydenhuolto ja valvonta;Jyväskylä;fi"
    pasted = "\n".join(line.format(number) for number in range(5000))
    assert len(pasted) > 500_000
    read = sari.post("/desk/people/list", data={"people": pasted}, content_type="multipart/form-data")
    assert "5000 riviä luettiin" in sari.get(read.headers["Location"]).text


@pytest.mark.parametrize(
    ("file", "sentence"), [(b"not json", "ei ole JSON"), (b"x" * (LARGEST_TEXT + 1), "suurempi kuin 2 Mt")]
)
def test_tokens_that_cannot_be_read_are_refused_at_their_field(aino, file, sentence):
    sent = {"act": "import", "tokens": (io.BytesIO(file), "tokens.json")}
    refused = aino.post("/desk/theme", data=sent, content_type="multipart/form-data")
    assert refused.status_code in (413, 422) and sentence in said_at(refused, "tokens-file")


def test_the_limit_and_the_kinds_are_said_beside_each_field_and_to_the_script(aino, sari):
    studio, people = aino.get("/desk/theme").text, sari.get("/desk/people/list").text
    assert "PNG, JPEG tai WebP, enintään 25 Mt ja 50 megapikseliä." in studio
    assert f'data-most-bytes="{LARGEST_PICTURE}"' in studio and "data-too-large=" in studio
    assert "Excel, OpenDocument, CSV tai teksti, enintään 5 Mt." in people
    assert f'data-most-bytes="{LARGEST_SHEET}"' in people


def test_phones_hand_over_jpeg_because_heic_is_not_asked_for(aino):
    accepted = re.findall(r'accept="(image[^"]+)"', aino.get("/desk/theme").text)
    assert accepted == ["image/png,image/jpeg,image/webp"]


def test_no_field_for_files_is_without_its_limit():
    """Each is made by the macro that says it; what is given back after a sign-in knows no field."""
    by_hand = {page for page, path in PAGES.items() if re.search(r"""type=["']file["']""", path.read_text())}
    assert by_hand == {"parts/forms.html", "parts/given_back.html"}


def test_what_is_too_large_to_be_read_leads_back_to_the_form_where_what_was_typed_is_kept(aino):
    """The page that refuses tells the script that nothing has arrived (kept.js)."""
    came_from = {"Referer": f"{aino.base}/desk/theme?x=1"}
    refused = save_look(aino, b"x" * LARGEST_FORM, headers=came_from)
    assert refused.status_code == 413 and 'id="refusal"' in refused.text and "enintään 25 Mt" in refused.text
    assert 'href="/desk/theme?x=1"' in refused.text
    assert aino.get(TOO_LARGE, headers=came_from).status_code == 413


def test_where_a_service_finds_a_page_too_large_the_way_back_leads_somewhere(sari, monkeypatch):
    def refuses(*_arguments):
        raise ApiProblem(413, "too-large", "This is too large.")

    monkeypatch.setattr(type(people), "units", refuses)
    page = sari.get("/desk/people", headers={"Referer": f"{sari.base}/home"})
    assert page.status_code == 413 and '<a class="button" href="/home">' in page.text
