"""Programs know a refusal by its code: a better name for its class changes none."""

from shared.problems import RuleBroken
from tests.contracts.refusal_codes import codes_of_today, promised


def test_every_code_that_was_promised_is_still_given():
    assert not set(promised()) - codes_of_today(), (
        'A refusal was renamed or is gone. A renamed one keeps its code: class NewName(RuleBroken, code="old-name").'
    )


def test_every_code_is_promised():
    assert not codes_of_today() - set(promised()), (
        "Run `python -m tests.contracts.note` and commit shared/contracts/codes.json."
    )


def test_a_refusal_is_called_by_its_class_and_keeps_its_code_when_that_is_renamed():
    class NoHeartsLeft(RuleBroken):
        """You have given all your hearts."""

    class NoHeartToGive(RuleBroken, code="no-hearts-left"):
        """You have given all your hearts."""

    assert NoHeartsLeft.code == NoHeartToGive().code == "no-hearts-left"
