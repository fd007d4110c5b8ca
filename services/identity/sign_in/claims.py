"""Reads a provider's claims about a person (OpenID Connect Core 1.0, 5.1): a claim is a text, or it is as if it were not there.

The rule for roles, which directories say in several ways: a text is one name, and each of its words is one as well; of a
list each text is one name, blanks and all. Everything else in it, and every other kind of value, says nothing.
"""

from typing import Any

from shared.web.cleaning import cleaned, in_one_line

LONGEST = 200


def text_in(said: Any) -> str | None:
    """The claim in one line; None for a list, an object, a number, and for what is empty or longer than any name."""
    if not isinstance(said, str):
        return None
    line = in_one_line(cleaned(said))
    return line if 0 < len(line) <= LONGEST else None


def names_in(said: Any) -> set[str]:
    """The names of roles or groups in a claim, by the rule above."""
    if isinstance(said, str):
        return {said, *said.split()}
    return {one for one in said if isinstance(one, str)} if isinstance(said, list) else set()


def is_denied(said: Any) -> bool:
    """Whether a provider says of an address that it has not verified it; some say nothing, some say it as a text."""
    return said not in (None, True, "true")
