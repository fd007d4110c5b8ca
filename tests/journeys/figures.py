"""What the pack decides comes out the same in every setting, and stands in figures.json. What is drawn anew each
time may differ, and is looked at by itself:

- `ranking` and `readings.fewest`: who is dealt which view is drawn; every reading is a vote, so their sum is the same;
- `lineage.edges`: whoever writes a card points to one of the views behind its question, and which views stand there follows
  the ranking;
- `events.told`: tallies are told in batches, as many as the time it took; every one of them is handled all the same.
"""

import json
from pathlib import Path

PACK = Path(__file__).parents[1] / "packs" / "hybrid-work"
PEOPLE = 62
ATTACKED = ["--attack", "--people", str(PEOPLE)]
DECIDED = json.loads((Path(__file__).parent / "figures.json").read_text())


def figures(report: Path) -> dict:
    """Those that are to be the same; the others are held against each other within the report."""
    told = json.loads(report.read_text())
    assert_nobody_is_named_after_the_keys_day(told["attacks"])
    assert told["events.told"] == told["events.handled"] > 0
    assert told["readings.fewest"] >= told["readings.floor"]
    assert told["passages"] >= told["quotes.cleared"] > 0
    assert told["lineage.edges"] >= told["questions"] + told["outcomes"] + told["quotes.cleared"]
    return {name: told[name] for name in DECIDED if name != "ranked"} | {"ranked": len(told["ranking"])}


def assert_nobody_is_named_after_the_keys_day(attacks: dict) -> None:
    """What was to be found is there until then: whoever has keys, or a backup of them, can."""
    assert attacks["before"]["opened hands"] == attacks["until backups are gone"]["opened hands"] == PEOPLE
    assert attacks["before"]["opened views"] > 0 and attacks["before"]["found in files"] > 0
    assert attacks["before"].keys() < attacks["after"].keys() and set(attacks["after"].values()) == {0}
