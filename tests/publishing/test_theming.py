"""The client's designer and the contrast check (F4)."""

import io

import pytest
from PIL import Image

from services.publishing.tokens import Look


@pytest.fixture
def designer(http, avi):
    return http("publishing").as_("designer")


def tokens(**colours) -> dict:
    return Look(**colours).to_tokens()


def test_before_anybody_has_chosen_our_own_look_is_in_force(designer):
    theme = designer.get("/theme").get_json()
    assert (
        theme["number"] == 0 and theme["colours"]["brand"] == "#1d4a43" and "--brand: #1d4a43" in theme["css"]
    )


def test_a_readable_look_is_saved_and_is_in_force_for_everybody(designer, http):
    assert designer.put("/theme", json={"tokens": tokens(brand="#2f5d8c")}).status_code == 201
    theme = http("publishing").as_("participant").get("/theme").get_json()
    assert theme["number"] == 1 and theme["colours"]["brand"] == "#2f5d8c"


def test_a_look_that_cannot_be_read_is_refused_with_the_nearest_that_can(designer):
    refused = designer.put("/theme", json={"tokens": tokens(brand="#ffcc00")})
    assert refused.status_code == 409 and refused.get_json()["code"] == "contrast-too-low"
    verdict = refused.get_json()["errors"]["json"]["verdicts"][0]
    assert verdict["change"] == "brand" and verdict["ratio"] < 4.5 == verdict["at_least"]
    assert designer.put("/theme", json={"tokens": tokens(brand=verdict["nearest"])}).status_code == 201


def test_nothing_of_a_refused_look_is_kept(designer):
    designer.put("/theme", json={"tokens": tokens(brand="#ffcc00")})
    assert designer.get("/theme").get_json()["number"] == 0


def test_a_look_is_checked_without_saving(designer):
    answer = designer.post("/theme/checks", json={"tokens": tokens(accent_text="#ff8888")}).get_json()
    assert not all(verdict["passes"] for verdict in answer["verdicts"])
    assert designer.get("/theme").get_json()["number"] == 0


@pytest.mark.parametrize(
    "broken",
    [{"color": "red"}, {"color": {"brand": {"$value": "}"}}}, {"$extensions": {"polku": {"cover": "../x"}}}],
)
def test_a_file_that_is_no_tokens_file_is_refused_with_a_sentence(designer, broken):
    refused = designer.put("/theme", json={"tokens": broken})
    assert refused.status_code == 422 and "design tokens file" in refused.get_json()["detail"]


def test_employees_look_and_do_not_touch(http, avi):
    kaisa = http("publishing").as_("participant")
    assert kaisa.get("/theme").status_code == 200
    assert kaisa.put("/theme", json={"tokens": tokens()}).status_code == 403


def test_pekkas_organisation_keeps_its_own_look(designer, pekka):
    designer.put("/theme", json={"tokens": tokens(brand="#2f5d8c")})
    assert pekka("publishing").get("/theme").get_json()["colours"]["brand"] == "#1d4a43"


def test_a_page_in_new_colours_is_shown_before_they_are_saved(designer):
    sample = {"tokens": tokens(brand="#2f5d8c"), "title": "Työkirja", "publisher": "AVI"}
    proof = designer.post("/theme/proofs", json=sample)
    page = Image.open(io.BytesIO(proof.data))
    assert page.getpixel((5, 5))[:3] == (0x2F, 0x5D, 0x8C)


def a_photograph() -> bytes:
    photo, file = Image.new("RGB", (60, 40), "#336699"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Kaisan puhelin", "Kotikatu 1"
    photo.save(file, "JPEG", exif=exif)
    return file.getvalue()


def upload(door, content: bytes):
    return door.post(
        "/pictures", data={"picture": (io.BytesIO(content), "kuva.jpg")}, content_type="multipart/form-data"
    )


def test_a_photograph_loses_what_the_camera_noted(designer):
    photo = a_photograph()
    assert b"Kaisan puhelin" in photo
    picture = upload(designer, photo).get_json()
    kept = designer.get(f"/pictures/{picture['id']}")
    assert b"Kaisan puhelin" not in kept.data and kept.mimetype == "image/jpeg"
    assert (picture["width"], picture["height"]) == (60, 40)


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n broken", b"GIF89a"]
)
def test_what_is_not_a_picture_is_refused_with_a_sentence(designer, content):
    refused = upload(designer, content)
    assert refused.status_code == 422 and "PNG, JPEG or WebP" in refused.get_json()["detail"]


def test_a_picture_of_another_organisation_is_not_there(designer, pekka):
    picture = upload(designer, a_photograph()).get_json()
    assert pekka("publishing").get(f"/pictures/{picture['id']}").status_code == 404
