"""Pictures as people have them: from phones, from scanners, too large, and no pictures at all."""

import io
import random
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageCms

from services.publishing import drawing
from services.publishing.drawing import drawn_anew
from shared.web.file_limits import LARGEST_PICTURE, MEGABYTE, MOST_MEGAPIXELS, PICTURE_MEGABYTES

GPS, MAKER, TURNED = 0x8825, 0x010F, 0x0112


@pytest.fixture
def aino(http, avi):
    """The client's designer."""
    return http("publishing").as_("designer")


def upload(door, content: bytes):
    sent = {"picture": (io.BytesIO(content), "kuva.jpg")}
    return door.post("/pictures", data=sent, content_type="multipart/form-data")


def kept(door, content: bytes) -> Image.Image:
    answer = upload(door, content)
    assert answer.status_code == 201, answer.get_json()
    return Image.open(io.BytesIO(door.get(f"/pictures/{answer.get_json()['id']}").data))


def a_file(image: Image.Image, form: str, **how) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def red_above_blue(size=(40, 60)) -> Image.Image:
    image = Image.new("RGB", size, "#cc2020")
    image.paste("#2020cc", (0, size[1] // 2, size[0], size[1]))
    return image


def is_red(pixel) -> bool:
    return pixel[0] > 150 and pixel[2] < 90


def test_a_phones_photo_of_25_megabytes_and_40_megapixels_is_taken(aino):
    photo = a_file(Image.new("RGB", (8000, 5000), "#336699"), "JPEG")
    picture = kept(aino, photo + b"\0" * (LARGEST_PICTURE - len(photo)))
    assert picture.size == (2400, 1500) and picture.format == "JPEG"


def test_a_photo_of_50_megapixels_of_any_kind_is_taken(aino):
    assert 8160 * 6144 > 50_000_000
    for form in ("WEBP", "PNG"):
        photo = a_file(Image.new("L", (8160, 6144), 90).convert("RGB"), form)
        assert kept(aino, photo).size == (2400, 1807)


@pytest.mark.parametrize(("form", "becomes"), [("WEBP", "JPEG"), ("PNG", "PNG"), ("JPEG", "JPEG")])
def test_pictures_of_these_kinds_are_taken(aino, form, becomes):
    picture = kept(aino, a_file(red_above_blue(), form))
    assert picture.format == becomes and is_red(picture.convert("RGB").getpixel((20, 10)))


def test_a_jpeg_with_a_second_picture_behind_it_is_a_jpeg(aino):
    photo = a_file(red_above_blue(), "MPO", save_all=True, append_images=[Image.new("RGB", (40, 60))])
    assert Image.open(io.BytesIO(photo)).format == "MPO"
    assert kept(aino, photo).format == "JPEG"


def test_a_picture_that_one_can_see_through_stays_so(aino):
    glass = Image.new("RGBA", (20, 20), (200, 0, 0, 60))
    assert kept(aino, a_file(glass, "WEBP", lossless=True)).getpixel((5, 5)) == (200, 0, 0, 60)
    palette = Image.new("P", (20, 20), 0)
    assert kept(aino, a_file(palette, "PNG", transparency=0)).getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("grey", [64, 128, 200])
def test_sixteen_bits_of_grey_keep_their_shade(aino, grey):
    scan = a_file(Image.new("I;16", (20, 20), grey * 256), "PNG")
    assert Image.open(io.BytesIO(scan)).mode == "I;16"
    assert abs(kept(aino, scan).convert("L").getpixel((5, 5)) - grey) <= 1


def a_png(depth: int, kind: int, row: bytes) -> bytes:
    """One row that no library writes for us: sixteen bits a colour, or with one colour that is seen through."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", 1, 1, depth, kind, 0, 0, 0)
    see_through = chunk(b"tRNS", b"\0\0") if kind == 0 else b""
    body = see_through + chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "row", "seen"),
    [
        (0, b"\x80\x00", (128, 128, 128, 255)),
        (4, b"\x80\x00\x40\x00", (128, 128, 128, 64)),
        (2, b"\x80\x00\x20\x00\xf0\x00", (128, 32, 240, 255)),
        (6, b"\x80\x00\x20\x00\xf0\x00\x40\x00", (128, 32, 240, 64)),
    ],
)
def test_sixteen_bits_a_colour_are_right_in_every_kind_of_png(aino, kind, row, seen):
    assert kept(aino, a_png(16, kind, row)).getpixel((0, 0)) == seen


def a_photo_as_the_camera_wrote_it(form: str) -> bytes:
    """Lying on its side, with the place and the phone noted."""
    exif = Image.Exif()
    exif[MAKER], exif[TURNED] = "Kaisan puhelin", 6
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (60.0, 10.0, 15.0)
    return a_file(red_above_blue((60, 40)), form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_a_photo_is_turned_as_it_was_held_and_says_neither_where_nor_with_what(aino, form):
    photo = a_photo_as_the_camera_wrote_it(form)
    assert b"Kaisan puhelin" in photo
    picture = kept(aino, photo)
    assert picture.size == (40, 60) and is_red(picture.convert("RGB").getpixel((35, 30)))
    assert not picture.getexif() and not {"exif", "icc_profile", "xmp", "comment"} & picture.info.keys()


def test_colours_that_a_profile_shifts_are_those_that_were_seen(aino):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    dull = Image.new("RGB", (20, 20), "#cc2020")
    same = kept(aino, a_file(dull, "PNG", icc_profile=lab.tobytes())).getpixel((5, 5))
    assert max(abs(a - b) for a, b in zip(same, (0xCC, 0x20, 0x20, 255), strict=True)) <= 1
    assert kept(aino, a_file(dull, "PNG", icc_profile=b"no profile")).getpixel((5, 5))[:3] == (
        0xCC,
        0x20,
        0x20,
    )


def a_bomb() -> bytes:
    """A few bytes that would be 400 megapixels."""
    photo = bytearray(a_file(Image.new("1", (8, 8)), "PNG"))
    photo[16:24] = struct.pack(">II", 20_000, 20_000)
    photo[29:33] = struct.pack(">I", zlib.crc32(bytes(photo[12:29])))
    return bytes(photo)


def test_too_many_pixels_are_refused_before_one_is_read(aino):
    refused = upload(aino, a_bomb())
    assert refused.status_code == 422 and refused.get_json()["code"] == "too-many-pixels"


def test_a_heic_photo_is_refused_with_the_next_step(aino):
    refused = upload(aino, b"\0\0\0\x18ftypheic" + bytes(200))
    assert refused.status_code == 422 and "Save it as JPEG" in refused.get_json()["detail"]


def test_one_byte_too_many_is_refused_with_how_many_there_may_be(aino):
    refused = upload(aino, b"\xff\xd8\xff" + b"\0" * (LARGEST_PICTURE - 2))
    assert refused.status_code == 413 and refused.get_json()["code"] == "picture-too-large"
    far_beyond = upload(aino, b"\0" * (LARGEST_PICTURE + MEGABYTE))
    assert far_beyond.status_code == 413 and far_beyond.get_json()["code"] == "too-large"


def test_what_breaks_the_reader_is_refused_and_breaks_nothing_else(aino):
    photo = a_file(red_above_blue(), "PNG")
    chance = random.Random(7)
    for _ in range(8):
        broken = bytearray(photo)
        for _ in range(6):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        assert upload(aino, bytes(broken)).status_code in (201, 422)
    assert upload(aino, photo).status_code == 201


def test_the_sentences_say_what_the_limits_are():
    assert f"{PICTURE_MEGABYTES} MB" in drawing.PictureTooLarge().sentence
    assert f"{MOST_MEGAPIXELS} megapixels" in drawing.TooManyPixels().sentence


def test_pictures_are_read_one_at_a_time_so_that_their_memory_does_not_add_up(monkeypatch):
    reading, most = [], []

    def run(*args, **kwargs):
        reading.append(1)
        most.append(len(reading))
        answer = run_for_real(*args, **kwargs)
        reading.pop()
        return answer

    run_for_real = drawing.subprocess.run
    monkeypatch.setattr(drawing.subprocess, "run", run)
    photo = a_file(red_above_blue(), "PNG")
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(drawn_anew, [photo] * 3))
    assert most == [1, 1, 1]


def test_who_waits_too_long_for_a_turn_is_told_to_try_again(monkeypatch):
    monkeypatch.setattr(drawing, "TURN_SECONDS", 0)
    with drawing.one_at_a_time, pytest.raises(drawing.DrawingBusy):
        drawn_anew(a_file(red_above_blue(), "PNG"))


def test_a_picture_that_takes_more_memory_than_there_is_is_refused(monkeypatch):
    monkeypatch.setattr(drawing, "MEMORY", 200 * MEGABYTE)
    with pytest.raises(drawing.NotAPicture):
        drawn_anew(a_file(Image.new("RGB", (8000, 5000)), "PNG"))
