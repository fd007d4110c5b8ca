"""The receipts of one's views, kept by one's own browser: nobody else holds them, the portal only passes them on.

One cookie a person and run, so that whoever signs in next on a shared device does not open them by accident.
"""

import hashlib
import re
from uuid import UUID

from flask import Response, g, request

FOR_SECONDS = 3 * 365 * 24 * 3600  # the workbook and its threads outlive the run by years
MOST = 100  # about 3,300 bytes of the 4,096 that a cookie may have
RECEIPT = re.compile(
    r"(?<![\w-])[A-Za-z0-9_-]{32}(?![\w-])"
)  # as the form makes them; other codes would push them out


def cookie_of(run_id: UUID | str) -> str:
    """Its name tells a passer-by neither who nor which run."""
    whose = f"{g.here.person.id}:{run_id}".encode()
    return f"receipts-{hashlib.sha256(whose).hexdigest()[:12]}"


def held(run_id: UUID | str) -> list[str]:
    return receipts_in(request.cookies.get(cookie_of(run_id), ""))


def receipts_in(text: str) -> list[str]:
    """The receipts in whatever was pasted or kept, each once, in their order."""
    return list(dict.fromkeys(RECEIPT.findall(text)))[-MOST:]


def keep(answer: Response, run_id: UUID | str, *more: str) -> None:
    """Keep these as well; scripts cannot read them, other sites cannot send them."""
    receipts = ".".join(receipts_in(".".join([*held(run_id), *more])))
    answer.set_cookie(
        cookie_of(run_id),
        receipts,
        max_age=FOR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
