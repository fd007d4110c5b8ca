"""What of the groups' answers may be shown: nothing of few people, nothing to subtract, and nothing that points.

Which groups are shown is decided once for the whole result, by how many of each took part: fewer than five are withheld, a
group with fewer than five others too, and with them the groups from which they could be worked out. The whole is always
published, so a group left out alone is the whole minus the others; what is left out has to be at least two groups that
together are enough people (complementary cell suppression; Hundepool et al., Statistical Disclosure Control, 2012,
chapter 4).

What is shown of a group is never a count. An author does not read her own view, so a count of readers is one short where
she sits. A group's shares of a view come in five steps, from counts to which chance has added a little: two-sided geometric
noise, under which no published step is more than e times as likely with a reader as without (Ghosh, Roughgarden and
Sundararajan 2009, "Universally utility-maximizing privacy mechanisms"). Chance is drawn once, in the last count: drawn again
and again it would average out.
"""

from collections.abc import Mapping
from random import SystemRandom

from services.voting.ranking import Tally

FEWEST = 5
STEPS = 5
PULL = 5
"""As many answers like everybody's are added to a group's own: few readers say little of their group."""
CHANCE = SystemRandom()


def may_be_shown(people: Mapping[str, int], fewest: int = FEWEST) -> set[str]:
    """Returns the groups, of those that hold anybody, whose numbers reveal no smaller group's."""
    by_size = sorted((count, name) for name, count in people.items() if count)
    shown = [(count, name) for count, name in by_size if count >= fewest]
    hidden = [count for count, _ in by_size if count < fewest]
    while hidden and shown and (len(hidden) < 2 or sum(hidden) < fewest):
        hidden.append(shown.pop(0)[0])
    return {name for _, name in shown} if len(by_size) > 1 else set()


def blurred(group: Tally, everybody: Tally) -> dict[str, float]:
    """Returns a group's shares of agreement and disagreement with one view, in steps.

    The answers of fewer than five readers are not used at all: everybody's share stands in their place, and nothing shows
    that it does.
    """
    own = group if group.answers >= FEWEST else Tally(group.view_id)
    agrees, passes, disagrees = (
        max(0, count + _noise()) for count in (own.agrees, own.passes, own.disagrees)
    )
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


def _noise() -> int:
    """Returns a whole number near 0, each further one e times less likely: the difference of two geometric draws."""
    return int(CHANCE.expovariate(1)) - int(CHANCE.expovariate(1))
