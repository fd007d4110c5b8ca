"""Rows out of text: in any usual encoding, with any usual separator and line end."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from services.identity.people.importing.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Row
from shared.web.cleaning import cleaned

ONE_BYTE = ("cp1252", "iso8859-15", "mac_roman", "cp850")  # of two that fit alike the first is taken
OURS, NEAR = "åäöÅÄÖ", "éèêëüßšžõøæáíóúñçðþÉÜŠŽÕØÆ€–’"
SEPARATORS = "\t;|,"
SAID_BY_EXCEL = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
LOOKED_AT = 200
csv.field_size_limit(10 * 1024 * 1024)


MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decoded(content: bytes) -> str:
    """Returns the text of a file. Bytes that are no UTF-8 are read as the old encoding in which the words look like words."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    if order := sixteen_bits(content):
        return content.decode(order, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return max((content.decode(name, errors="replace") for name in ONE_BYTE), key=looks_right)


def sixteen_bits(content: bytes) -> str | None:
    """Returns the byte order of UTF-16 without its mark: every other byte is nothing."""
    head = content[:2000]
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 3 else None


def looks_right(text: str) -> int:
    """Returns how much a text looks like names: å, ä and ö count, signs and capitals within a word count against it."""
    found = (match for match in re.finditer(r"[^\x00-\x7f]", text))
    return sum(weight_of(match, text) for match in islice(found, 5000))


def weight_of(found: re.Match[str], text: str) -> int:
    sign, before = found[0], text[found.start() - 1 : found.start()]
    if before.islower() and sign.isupper():
        return -4
    if sign in OURS:
        return 3
    if unicodedata.category(sign)[0] == "L":
        return 1 if sign in NEAR else 0
    return 0 if sign in NEAR else -4


def rows_in(text: str) -> list[Row]:
    """Returns the rows that hold something, one more than may be read at most. A list of addresses as a mail program copies it
    (Name <address>; ...) has a row for each."""
    separator = None
    if said := SAID_BY_EXCEL.match(text.lstrip("\ufeff")):
        text, separator = text[text.index(said[0]) + len(said[0]) :], said[1]
    rows = kept(split(text, separator or separator_of(text)), 2 if said else 1)
    return (
        [Row(row.number, [cell]) for row in rows for cell in row.cells if cell]
        if is_mail_list(rows)
        else rows
    )


def split(text: str, separator: str) -> Iterable[list[str]]:
    """Quotation marks hold a cell together, unless one has no pair: it would swallow the rest of the list."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting))
        if not any(swallows(cell) for row in rows for cell in row):
            break
    return rows


def swallows(cell: str) -> bool:
    return "\n" in cell and (len(cell) > LONGEST_CELL or sum("@" in line for line in cell.splitlines()) > 1)


def kept(rows: Iterable[list[str]], first_number: int = 1) -> list[Row]:
    cut = ([cleaned(cell[:LONGEST_CELL]).strip() for cell in row[:MOST_COLUMNS]] for row in rows)
    numbered = (Row(number, cells) for number, cells in enumerate(cut, first_number) if any(cells))
    return list(islice(numbered, MOST_ROWS + 1))


def separator_of(text: str) -> str:
    """Returns the sign that cuts most lines into the same number of columns, and into most."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:LOOKED_AT]
    return max(SEPARATORS, key=lambda sign: columns_by(sign, lines))


def columns_by(sign: str, lines: list[str]) -> int:
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if len(row) > 1)
    columns, often = max(counts.items(), key=lambda of: of[1], default=(0, 0))
    return columns * often


def is_mail_list(rows: list[Row]) -> bool:
    """True where a row has several cells and each of them is an address."""
    return any(len(row.cells) > 1 for row in rows) and all(
        "@" in cell for row in rows for cell in row.cells if cell
    )
