"""Which groups' numbers may be shown: none of few people, and none that could be found by subtraction.

The whole is always published, so a group left out alone is the whole minus the others. Therefore what is left out has to be
at least two groups that together are enough people (complementary cell suppression; Hundepool et al., Statistical
Disclosure Control, 2012, chapter 4). Results are broken down by one grouping only, so that no two tables can be subtracted.
"""

from collections.abc import Mapping

FEWEST = 5


def may_be_shown(people: Mapping[str, int], fewest: int = FEWEST) -> set[str]:
    """The groups, of those that hold anybody, whose numbers reveal no smaller group's."""
    by_size = sorted((count, name) for name, count in people.items() if count)
    shown = [(count, name) for count, name in by_size if count >= fewest]
    hidden = [count for count, _ in by_size if count < fewest]
    while hidden and shown and (len(hidden) < 2 or sum(hidden) < fewest):
        hidden.append(shown.pop(0)[0])
    return {name for _, name in shown}
