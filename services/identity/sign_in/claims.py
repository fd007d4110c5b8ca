"""Reads a provider's claims about a person (OpenID Connect Core 1.0, 5.1): a claim is a text, or it is as if it were not there.

The rule for roles, which directories say in several ways: a text is one name, and each of its words is one as well; of a
list each text is one name, blanks and all. Everything else in it, and every other kind of value, says nothing.
"""

from typing import Any

from shared.web.cleaning import cleaned, in_one_line

LONGEST = 200


def text_in(claim: Any) -> str | None:
    """The claim in one line; None for a list, an object, a number, and for what is empty or longer than any name."""
    if not isinstance(claim, str):
        return None
    line = in_one_line(cleaned(claim))
    return line if 0 < len(line) <= LONGEST else None


def names_in(claim: Any) -> set[str]:
    """The names of roles or groups in a claim, by the rule above."""
    if isinstance(claim, str):
        return {claim, *claim.split()}
    return {one for one in claim if isinstance(one, str)} if isinstance(claim, list) else set()


def is_denied(claim: Any) -> bool:
    """Whether a provider says of an address that it has not verified it; some say nothing, some say it as a text."""
    return claim not in (None, True, "true")
