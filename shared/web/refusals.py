"""Every refusal in one form, whichever way an operation was called: the problem details of RFC 9457."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from shared.problems import NOT_RIGHT, CannotBeStored, RuleBroken, SomebodyWasFaster
from shared.web.fields import BLANK

log = logging.getLogger(__name__)
OF_THE_DATA = ("22", "54")  # classes of SQLSTATE: data exception, program limit exceeded
FAULT = "Something broke on our side, and we have noted it. Try again in a moment."


class Problem(NamedTuple):
    """A service's refusal."""

    status: int
    code: str
    detail: str
    errors: Mapping[str, Any] | None = None
    more: Mapping[str, Any] = {}
    """Members of this kind of problem alone."""
    retry_after: int | None = None
    """Seconds."""

    @property
    def body(self) -> dict[str, Any]:
        about = {"title": self.detail, "status": self.status, "detail": self.detail, "code": self.code}
        errors = {"errors": self.errors} if self.errors else {}
        return {**self.more, "type": f"urn:polku:{self.code}", **about, **errors}


def problem_of(error: Exception, operation: str) -> Problem | None:
    """Returns the refusal that an exception stands for; None for a fault of ours."""
    if isinstance(error, RuleBroken):
        return broken(error)
    if isinstance(error, IntegrityError):
        return broken(SomebodyWasFaster())
    if isinstance(error, OverflowError) or (isinstance(error, DataError) and is_of_the_data(error)):
        return cannot_be_stored(error, operation)
    if isinstance(error, ValidationError):
        return invalid({"json": error.normalized_messages()})
    return None


def broken(rule: RuleBroken) -> Problem:
    about = {rule.field: [rule.sentence]} if rule.field else rule.about
    errors = {"json": about} if about else None
    again = getattr(rule, "retry_after", None)
    return Problem(rule.status, rule.code, rule.sentence, errors, rule.more, again)


def is_of_the_data(error: DataError) -> bool:
    """The last defence: what no schema stopped, PostgreSQL or its driver did. Anything but the data's fault stays a fault."""
    state = getattr(error.orig, "sqlstate", None)
    return not state or state.startswith(OF_THE_DATA)


def cannot_be_stored(error: Exception, operation: str) -> Problem:
    """Logs a text that cannot be stored by its operation alone; the error's words would repeat what somebody wrote."""
    log.warning("input got past the schemas of %s: %s", operation, type(error).__name__)
    return broken(CannotBeStored())


def invalid(errors: Mapping[str, Any]) -> Problem:
    return Problem(422, "invalid-input", sentence_about(errors), errors)


def sentence_about(errors: Mapping[str, Any]) -> str:
    """A form that shows no field's own words says at least what a blank name lacks."""
    return BLANK if set(leaves(errors)) == {BLANK} else NOT_RIGHT


def leaves(errors: Any) -> list[Any]:
    if isinstance(errors, dict):
        errors = list(errors.values())
    return [leaf for error in errors for leaf in leaves(error)] if isinstance(errors, list) else [errors]
