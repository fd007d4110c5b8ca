"""Draws one picture anew in this process, under limits. Reads the file from standard input; writes a line of JSON about the
picture, then its bytes; or, where it refuses, a word for why."""

import io
import json
import resource
import sys

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

KINDS = [
    "PNG",
    "JPEG",
    "WEBP",
]  # a JPEG may have more pictures behind it (MPO, which phones call .jpg): the first counts
QUALITY = 88
NO_PICTURE = (UnidentifiedImageError, OSError, SyntaxError, ValueError)
WIDE_GREYS = ("I", "I;16", "I;16L", "I;16B")
USUAL = {"RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB"}


def main() -> int:
    order = json.loads(sys.argv[1])
    limit_this_process(order)
    Image.MAX_IMAGE_PIXELS = None  # counted below, before a pixel is read
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=KINDS) as opened:
            if opened.width * opened.height > order["pixels"]:
                return refuse("too-many-pixels")
            write(drawn(opened, order["edge"]), form_for(opened))
    except NO_PICTURE:
        return refuse("not-a-picture")
    return 0


def limit_this_process(order: dict) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse(why: str) -> int:
    print(why)
    return 1


def drawn(opened: Image.Image, edge: int) -> Image.Image:
    """Small first: all that follows is done to a few megabytes. A JPEG is even read small (draft)."""
    opened.draft(None, (edge, edge))
    small = with_colours_between(opened)
    small.thumbnail((edge, edge))
    return ImageOps.exif_transpose(in_srgb(small))


def with_colours_between(image: Image.Image) -> Image.Image:
    """The picture in a mode that has a colour between any two, which a palette has not; 16 bits of grey as the 8 that are seen."""
    if image.mode in WIDE_GREYS:
        image.load()
        image.info.pop("transparency", None)
        return image.point(lambda grey: grey / 256).convert("L")
    if image.mode in ("1", "P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def in_srgb(image: Image.Image) -> Image.Image:
    """Phones note colours in a wider space (Display P3): without its profile the picture would look dull."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in USUAL:
        return image
    try:
        wide, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, wide, srgb, outputMode=USUAL[image.mode]) or image
    except (ImageCms.PyCMSError, OSError):
        return image  # a profile that cannot be read says nothing about the colours


def form_for(opened: Image.Image) -> str:
    return "PNG" if opened.format == "PNG" or opened.has_transparency_data else "JPEG"


def write(image: Image.Image, form: str) -> None:
    """Writes the picture without what a camera noted about place, device and owner."""
    plain = image.convert("RGB" if form == "JPEG" else "RGBA")
    plain.info.clear()
    file = io.BytesIO()
    plain.save(file, form, **({"quality": QUALITY} if form == "JPEG" else {}))
    about = {"media_type": f"image/{form.lower()}", "width": plain.width, "height": plain.height}
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + file.getvalue())


sys.exit(main())
