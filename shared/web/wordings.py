"""A decision about somebody's words names the words that were read: the fingerprint of a wording says whether they still stand."""

import hashlib

import msgspec

from shared.problems import RuleBroken


class WordingChanged(RuleBroken):
    """The wording was changed after you opened this page. Nothing was decided: read it as it stands now, then decide."""


def fingerprint_of(*wording: object) -> str:
    """Returns 64 hexadecimal digits that differ as soon as one part differs. It travels with the page and is not kept: beside
    a day and a decision it would let short words be guessed after they are gone."""
    return hashlib.sha256(msgspec.json.encode(wording)).hexdigest()


def must_be_read(read: str, *wording: object) -> None:
    """Raises WordingChanged unless `read` is the fingerprint of the wording that stands."""
    if read != fingerprint_of(*wording):
        raise WordingChanged
