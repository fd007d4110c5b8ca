"""The theme studio."""

import io
import re

from tests.publishing.pages.forms import action

COLOURS = {
    "brand": "#2f5d8c",
    "brand-on": "#ffffff",
    "accent": "#b8392b",
    "accent-text": "#9c2c20",
    "tint": "#e6efe9",
}


def test_the_designer_changes_the_look_and_the_pages_wear_it(aino, kaisa):
    page = aino.get("/desk/theme")
    assert "Kaikki parit ovat luettavissa." in page.text
    saved = aino.post(action(page, "theme"), data=COLOURS | {"act": "save"})
    assert saved.status_code == 303
    assert "--brand: #2f5d8c" in kaisa.get("/theme.css").text


def test_an_unreadable_colour_is_refused_with_the_nearest_that_passes(aino):
    page = aino.get("/desk/theme")
    refused = aino.post(action(page, "theme"), data=COLOURS | {"act": "save", "brand": "#ffcc00"})
    assert refused.status_code == 409 and 'value="#ffcc00"' in refused.text
    nearest = re.search(r"lähin luettava: (#\w+)", refused.text)[1]
    mended = aino.post(action(page, "theme"), data=COLOURS | {"act": "mend", "brand": "#ffcc00"})
    assert f'value="{nearest}"' in mended.text and "Kaikki parit ovat luettavissa." in mended.text


def test_the_script_asks_for_verdicts_while_a_colour_is_chosen(aino):
    answer = aino.post("/desk/theme/check", data=COLOURS | {"accent-text": "#ff8888"}).json
    assert not all(verdict["passes"] for verdict in answer["verdicts"]) and "2" in answer["said"]


def test_the_look_travels_as_a_tokens_file(aino):
    tokens = aino.get("/desk/theme/tokens.json")
    assert tokens.json["color"]["brand"]["$value"]["hex"] == "#1d4a43"
    page = aino.get("/desk/theme")
    sent = {"act": "import", "tokens": (io.BytesIO(tokens.data), "tokens.json")}
    assert (
        aino.post(action(page, "import-tokens"), data=sent, content_type="multipart/form-data").status_code
        == 303
    )
    broken = {"act": "import", "tokens": (io.BytesIO(b"not json"), "tokens.json")}
    refused = aino.post(action(page, "import-tokens"), data=broken, content_type="multipart/form-data")
    assert refused.status_code == 422 and "ei ole JSON" in refused.text


def test_a_cover_in_new_colours_is_drawn(aino):
    address = re.search(r'id="page" src="([^"]+)"', aino.get("/desk/theme").text)[1].replace("&amp;", "&")
    assert aino.get(address).mimetype == "image/png"


def test_the_consultancy_has_the_studio_in_the_clients_rooms(henna, avis, run):
    assert 'id="theme"' in henna.get(f"/clients/{avis.slug}/theme").text


def test_of_two_who_choose_colours_the_second_sees_what_the_first_has_chosen(aino):
    first, second = aino.get("/desk/theme"), aino.get("/desk/theme")
    assert aino.submit(first, "theme", act="save", brand="#2f5d8c").status_code == 303
    assert aino.submit(second, "theme", act="save", tint="#eef3f0").status_code == 303
    both = aino.get("/desk/theme").text
    assert 'name="brand" value="#2f5d8c"' in both and 'name="tint" value="#eef3f0"' in both
    refused = aino.submit(second, "theme", act="save", brand="#1d3f6b")
    assert refused.status_code == 409 and '<p class="words">#2f5d8c</p>' in refused.text
    assert 'name="brand" value="#1d3f6b"' in refused.text
    assert aino.submit(refused, "theme", act="save", take="colours/brand").status_code == 303
    assert 'name="brand" value="#2f5d8c"' in aino.get("/desk/theme").text
