"""Personal identity codes are let go of as a list is read: nobody needs them here, so they are kept nowhere."""

import re

from services.identity.people.importing.sheet import Row, Sheet

FINNISH = r"[0-3]\d[01]\d\d\d[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]"  # https://dvv.fi/en/personal-identity-code
SWEDISH = r"(?:(?:19|20)\d{6}-?|\d{6}[-+])\d{4}"  # ten digits in a row may be a telephone number
CODE = re.compile(rf"(?:{FINNISH}|{SWEDISH})", re.IGNORECASE)
LET_GO = "***"


def without_identity_codes(sheet: Sheet) -> Sheet:
    """Returns the sheet with a sign in place of every cell that is a Finnish or Swedish personal identity code."""
    rows = [Row(row.number, [LET_GO if is_code(cell) else cell for cell in row.cells]) for row in sheet.rows]
    return Sheet(rows, sheet.name, sheet.not_read)


def is_code(cell: str) -> bool:
    return 10 <= len(cell) <= 13 and CODE.fullmatch(cell) is not None
