"""A file or pasted text becomes a sheet of rows; what a file is, its content says and not its name."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from services.identity.people.importing.headings import fields_in_sheet
from services.identity.people.importing.secrets_in_cells import without_identity_codes
from services.identity.people.importing.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Row, Sheet
from services.identity.people.importing.text import decoded, rows_in
from shared.problems import RuleBroken
from shared.web.cleaning import cleaned
from shared.web.file_limits import LARGEST_SHEET, MEGABYTE

CHILD = Path(__file__).with_name("workbook_process.py")
SECONDS, MEMORY, UNPACKED = 15, 1024 * MEGABYTE, 150 * MEGABYTE
PATIENCE_SECONDS, TURN_SECONDS = 20, 8
ORDER = {"seconds": SECONDS, "memory": MEMORY, "unpacked": UNPACKED}
ORDER |= {"rows": MOST_ROWS, "columns": MOST_COLUMNS, "cell": LONGEST_CELL}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")

NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
LOCKED = "EncryptedPackage".encode("utf-16-le")  # the part in which Office keeps a workbook with a password

one_at_a_time = Lock()


class OfFile(RuleBroken):
    """This file cannot be read. Save it as .xlsx, .ods or .csv, and choose it again."""

    status = 422
    field = "content"


class NotASpreadsheet(OfFile):
    """This file is no spreadsheet that we can read, whatever its name says. Save it as .xlsx, .ods or .csv, and choose it again."""


class IsADocument(OfFile):
    """This file is a PDF, a picture or a web page, no spreadsheet. Open the list where it comes from and save it as .xlsx, .ods or .csv."""


class HasAPassword(OfFile):
    """This workbook is locked with a password. Save a copy without a password, and choose that."""


class TooMuchInIt(OfFile):
    """This workbook unpacks to far more than a list of people. Copy the rows into a new workbook, and choose that; or paste them."""


class TooManyRows(OfFile):
    """There are more than 10,000 rows in this list. Take it in in parts."""


class SheetTooLarge(OfFile):
    """This file is larger than 5 MB. Leave columns out that are not needed, or take the list in in parts."""

    status = 413


class NothingInIt(OfFile):
    """There are no rows in this list. Look whether it is the right file, or paste the rows."""


class ReadingBusy(OfFile):
    """The file could not be read, as many are read just now. Try again in a moment."""

    status = 503


REFUSALS = {b"has-a-password": HasAPassword, b"too-much": TooMuchInIt}


def sheet_in_file(content: bytes) -> Sheet:
    """Returns the sheet with the people on it. Refuses what is too large, no list, or locked."""
    if len(content) > LARGEST_SHEET:
        raise SheetTooLarge
    if content.startswith(WORKBOOKS[1]) and LOCKED in content:
        raise HasAPassword
    if content.startswith(WORKBOOKS):
        return checked(best_of(sheets_in_workbook(content)))
    if is_a_document(content):
        raise IsADocument
    text = decoded(content)
    if len(NO_TEXT.findall(text[:20_000])) * 20 > len(text[:20_000]):
        raise NotASpreadsheet
    return sheet_in_text(text)


def sheet_in_text(text: str) -> Sheet:
    """Returns the rows of pasted text."""
    return checked(Sheet(rows_in(text)))


def is_a_document(content: bytes) -> bool:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return content.startswith((b"%PDF", *PICTURES)) or head.startswith(
        (b"<!doctype", b"<html", b"<table", b"<?xml", b"{\\rtf")
    )


def checked(sheet: Sheet) -> Sheet:
    if not sheet.rows:
        raise NothingInIt
    if len(sheet.rows) > MOST_ROWS:
        raise TooManyRows
    return without_identity_codes(sheet)


def sheets_in_workbook(content: bytes) -> list[Sheet]:
    """Reads all sheets in a process of its own: a workbook of a few kilobytes can ask for all memory that there is."""
    found = json.loads(read_in_a_child(content))
    return [Sheet([row_of(*row) for row in sheet["rows"]], sheet["name"]) for sheet in found]


def row_of(number: int, cells: list[str]) -> Row:
    return Row(number, [cleaned(cell).strip() for cell in cells])


def read_in_a_child(content: bytes) -> bytes:
    command = [sys.executable, "-I", str(CHILD), json.dumps(ORDER)]
    with a_turn():
        try:
            child = subprocess.run(
                command, input=content, capture_output=True, env={}, timeout=PATIENCE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise TooMuchInIt from late
    if child.returncode < 0:  # a limit ended it
        raise TooMuchInIt
    if child.returncode:
        raise REFUSALS.get(child.stdout.strip(), NotASpreadsheet)
    return child.stdout


@contextmanager
def a_turn() -> Iterator[None]:
    if not one_at_a_time.acquire(timeout=TURN_SECONDS):
        raise ReadingBusy
    try:
        yield
    finally:
        one_at_a_time.release()


def best_of(sheets: list[Sheet]) -> Sheet:
    """Returns the sheet on which most is recognised; of several alike the first, the others by name."""
    with_rows = [sheet for sheet in sheets if sheet.rows]
    if not with_rows:
        raise NothingInIt
    best = max(with_rows, key=lambda sheet: fields_in_sheet(sheet.rows))
    return Sheet(best.rows, best.name, [sheet.name for sheet in with_rows if sheet is not best])
