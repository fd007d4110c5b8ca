"""Large pages travel compressed, unless they repeat what was asked.

The length of a compressed page tells whether something on it occurs twice (BREACH, https://www.breachattack.com). So a page is left as it
is when words of its asker may stand on it, and the others are longer by chance.
"""

import gzip
from io import BytesIO
from secrets import randbelow

from flask import Flask, Response, request

from services.portal.web.cookies import name_of

LARGE, FAST = 20 * 1024, 1  # bytes; the level of zlib
LONGEST_NAME = 100  # bytes by chance, as Django does: https://ieeexplore.ieee.org/document/9754554


def compress_large_pages(app: Flask) -> None:
    app.after_request(compressed_where_large)


def compressed_where_large(answer: Response) -> Response:
    if is_large_page(answer) and not repeats_what_was_asked():
        answer.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"]:
            answer.set_data(compressed(answer.get_data()))
            answer.content_encoding = "gzip"
    return answer


def is_large_page(answer: Response) -> bool:
    """Never a stream or a file: their length is not known, or they are sent by themselves."""
    if request.method != "GET" or answer.status_code != 200 or answer.mimetype != "text/html":
        return False
    whole = not answer.is_streamed and not answer.direct_passthrough and not answer.content_encoding
    return whole and (answer.calculate_content_length() or 0) > LARGE


def repeats_what_was_asked() -> bool:
    """Whether words from the address, or from the form that led here, may stand on the page."""
    return bool(request.query_string) or name_of("flash") in request.cookies


def compressed(page: bytes) -> bytes:
    """In gzip's form, whose header has room for a name."""
    file = BytesIO()
    with gzip.GzipFile("a" * randbelow(LONGEST_NAME + 1), "wb", FAST, file, mtime=0) as archive:
        archive.write(page)
    return file.getvalue()
