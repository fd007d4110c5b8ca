"""Refusals: what the domain says no to, in the sentence that a person should read."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NOT_RIGHT = "Something in what was sent is not right. Look through it, change it and send it again."


class RuleBroken(Exception):
    """The domain said no. Subclass it with the sentence a person should read, next step included, and `field`, the name of
    the field of the body it is about, where it is about one."""

    status = 409
    field = ""
    about: Mapping[
        str, Any
    ] = {}  # what programs read of it, among the errors of the body, where there is no field
    more: Mapping[str, Any] = {}  # further members of the problem details
    keeps = False  # whether what was written before it is committed all the same
    code: ClassVar[str] = "rule-broken"
    """A stable name for programs, made of the class's name: NoHeartsLeft -> no-hearts-left, HaveAPlace -> have-a-place."""

    def __init_subclass__(cls, code: str | None = None) -> None:
        """A class that is renamed keeps the code that programs know: `class NoHeart(RuleBroken, code="no-hearts-left")`."""
        super().__init_subclass__()
        cls.code = code or CAPITALS.sub("-", cls.__name__).lower()

    @property
    def sentence(self) -> str:
        return str(self) or " ".join((self.__doc__ or "").split())


class NotFound(RuleBroken):
    """This is not here, or not for you. Check the address."""

    status = 404


class NotAllowed(RuleBroken):
    """Your role does not cover this. Ask your organisation's coordinator."""

    status = 403


class TookPartBefore(RuleBroken):
    """You were already here while this path was going on: before you asked to be erased, or under another account with your
    e-mail address. What you gave then stays counted, so you cannot take part a second time. You can read along."""

    status = 403


class NobodyKnowsAnyMore(RuleBroken):
    """Who took part is not known any more: the key that could tell was destroyed on its day. Write to nobody about it."""

    status = 410


class WhoAreYou(RuleBroken):
    """Sign in first."""

    status = 401


class SomebodyWasFaster(RuleBroken):
    """Somebody else changed this at the same moment. Look again, then repeat what you did."""


class CannotBeStored(RuleBroken):
    """Something in what was sent is too large, too long or out of range. Change it and send it again."""

    status = 422


class TooLarge(RuleBroken):
    """What was sent is larger than can be taken. Shorten it or choose a smaller file, and send it again."""

    status = 413
