"""A group's answers as they are published: in steps, blurred, and the same whether or not an author sits in it.

An author does not read her own view, so a count of readers is one short where she sits. Therefore a group's answers are never
told as counts. Its shares come in five steps, from counts that have noise added to them (`shared/disclosure.py`).
"""

from services.voting.ranking import Tally
from shared.disclosure import FEWEST, noise

STEPS = 5
PULL = 5
"""As many answers like everybody's are added to a group's own: few readers say little of their group."""


def blurred(group: Tally, everybody: Tally) -> dict[str, float]:
    """Returns a group's shares of agreement and disagreement with one view, in steps.

    The answers of fewer than five readers are not used at all: everybody's share stands in their place, and nothing shows
    that it does.
    """
    own = group if group.answers >= FEWEST else Tally(group.view_id)
    agrees, passes, disagrees = (max(0, count + noise()) for count in (own.agrees, own.passes, own.disagrees))
    readers = agrees + passes + disagrees + PULL
    return {
        "agree": in_steps((agrees + PULL * _share(everybody.agrees, everybody)) / readers),
        "disagree": in_steps((disagrees + PULL * _share(everybody.disagrees, everybody)) / readers),
    }


def _share(count: int, everybody: Tally) -> float:
    """Returns everybody's share, a half where nobody answered."""
    return (count + 1) / (everybody.answers + 2)


def in_steps(share: float) -> float:
    """Returns the middle of the fifth that the share lies in: 0.1, 0.3, 0.5, 0.7 or 0.9; never nobody, never all."""
    return (2 * min(int(share * STEPS), STEPS - 1) + 1) / (2 * STEPS)
