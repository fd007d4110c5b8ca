"""Sign-ins that this browser has begun: a cookie for each, so that two tabs do not take each other's away.

Until somebody is back it holds the state, afterwards the page they were led to: whoever presses Back comes upon the return address
again, and is led on once more.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from contextlib import suppress
from hmac import compare_digest

from flask import Response, request

from services.portal.web import cookies
from services.portal.web.cookies import ON_THE_WAY

SECONDS, MOST = 600, 8


def name_for(state: str) -> str:
    return f"{ON_THE_WAY}-{state[:16]}"


def begin(answer: Response, state: str, by_post: bool = False) -> None:
    """Also lets the oldest go, where somebody begins again and again: a header has an end. `by_post`: another site's form brings the
    person back, and browsers send a cookie along with it only where that was asked for."""
    name = cookies.name_of(ON_THE_WAY)
    begun = [cookie for cookie in request.cookies if cookie.startswith(name)]
    for cookie in begun[: len(begun) + 1 - MOST]:
        answer.delete_cookie(cookie, **cookies.attributes())
    keep = cookies.keep_across_sites if by_post else cookies.keep
    keep(answer, name_for(state), state, SECONDS)


def is_begun_here(state: str) -> bool:
    held = cookies.held(name_for(state)) if cookies.OF_OURS.fullmatch(state) else None
    return compare_digest(state.encode(), (held or "").encode()) and bool(state)


def end(answer: Response, state: str, page: str, by_post: bool = False) -> None:
    led_to = urlsafe_b64encode(page.encode()).decode().rstrip("=")
    value = f"{DONE}{led_to if len(led_to) <= LONGEST else ''}"
    keep = cookies.keep_across_sites if by_post else cookies.keep
    keep(answer, name_for(state), value, SECONDS)


def page_after(state: str) -> str | None:
    """Returns where a sign-in that has ended led to; None for one that is none of this browser's."""
    held = cookies.held(name_for(state)) if cookies.OF_OURS.fullmatch(state) else None
    if not held or not held.startswith(DONE):
        return None
    with suppress(Error, UnicodeDecodeError):
        led_to = held.removeprefix(DONE)
        return urlsafe_b64decode(led_to + "=" * (-len(led_to) % 4)).decode() or "/"
    return "/"


DONE, LONGEST = "done_", 120  # a value of ours has 128 characters at most
