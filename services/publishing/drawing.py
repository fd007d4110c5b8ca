"""Pictures as they arrive, drawn anew in a process of its own with limits on time and memory (`press/draw.py`).

A photograph of 50 megapixels takes 800 MB while it is read, for some seconds: one at a time in each of our processes, and
all of it is gone with the child.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from services.publishing.layout import PRESS
from shared.problems import RuleBroken
from shared.web.file_limits import LARGEST_PICTURE, MOST_PIXELS

LONGEST_EDGE = 2400
SECONDS, MEMORY = 20, 1280 * 1024**2  # of its processor; WebP of 50 megapixels takes five and 800 MB
PATIENCE_SECONDS, TURN_SECONDS = 30, 10  # on the wall; together less than the portal waits for us
HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

one_at_a_time = Lock()


class NotAPicture(RuleBroken):
    """This file is not a picture that we can print. Save it as PNG, JPEG or WebP, and choose it again."""

    status = 422


class HeicPicture(RuleBroken):
    """This is a HEIC photo, which we cannot print. Save it as JPEG and choose it again; in the settings of the phone's camera
    you can choose that it takes JPEG."""

    status = 422


class TooManyPixels(RuleBroken):
    """This picture has more than 50 megapixels. Save it smaller, and choose it again."""

    status = 422


class PictureTooLarge(RuleBroken):
    """This file is larger than 25 MB. Save the picture smaller, and choose it again."""

    status = 413


class DrawingBusy(RuleBroken):
    """The picture could not be taken in, as many arrive just now. Try again in a moment."""

    status = 503


REFUSALS = {b"too-many-pixels": TooManyPixels}


def drawn_anew(file: bytes) -> dict[str, Any]:
    """The picture upright, at most 2,400 pixels long, in sRGB and without what a camera noted: its content, media_type, width
    and height. Refuses what is too large, no picture, or one that cannot be printed."""
    if len(file) > LARGEST_PICTURE:
        raise PictureTooLarge
    if file[4:8] == b"ftyp" and file[8:12] in HEIC:
        raise HeicPicture
    about, _, content = draw_in_a_child(file).partition(b"\n")
    return json.loads(about) | {"content": content}


def draw_in_a_child(file: bytes) -> bytes:
    order = {"pixels": MOST_PIXELS, "edge": LONGEST_EDGE, "seconds": SECONDS, "memory": MEMORY}
    command = [sys.executable, "-I", str(PRESS / "draw.py"), json.dumps(order)]
    with a_turn():
        try:
            child = subprocess.run(
                command, input=file, capture_output=True, env={}, timeout=PATIENCE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise DrawingBusy from late
    if child.returncode != 0:
        raise REFUSALS.get(child.stdout.strip(), NotAPicture)
    return child.stdout


@contextmanager
def a_turn() -> Iterator[None]:
    if not one_at_a_time.acquire(timeout=TURN_SECONDS):
        raise DrawingBusy
    try:
        yield
    finally:
        one_at_a_time.release()
