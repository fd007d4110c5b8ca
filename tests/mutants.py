"""Breaks ten rules in ten places, one at a time, in a copy of the last commit: does each tier still see it?

`.venv/bin/python -m tests.mutants` asks the part of the fast tier that is about the rule, and the part of the system tier where
the fast one is silent; `--whole` asks the whole tiers (hours). It fails when the fast tier misses more than one, or both miss any.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
MISSED_BY_FAST = 1  # at most
PASSED, FAILED = 0, 1  # pytest's answers


class Mutant(NamedTuple):
    rule: str
    file: str
    old: str
    new: str
    fast: str
    system: str


MUTANTS = (
    Mutant(
        "No plan is agreed on while a phase is about to change",
        "services/process/models/agreeing.py",
        "        if self.planned_move:\n            raise APhaseIsAboutToChange",
        "        if False:\n            raise APhaseIsAboutToChange",
        "tests/process/test_taking_back.py",
        "tests/journeys",
    ),
    Mutant(
        "Nobody answers a poll after it was closed",
        "services/townhall/models/poll.py",
        'if self.state != "open":\n            raise PollIsClosed',
        'if self.state == "draft":\n            raise PollIsClosed',
        "tests/townhall",
        "tests/attacks/test_hands_of_a_hall.py",
    ),
    Mutant(
        "Nobody gives a view after collecting has ended",
        "services/survey/models/collecting.py",
        "if self.state == ENDED:\n            raise CollectingHasEnded",
        "if False:\n            raise CollectingHasEnded",
        "tests/survey",
        "tests/attacks",
    ),
    Mutant(
        "Nobody votes after closing",
        "services/voting/models/ballot.py",
        "        if self.ended_at is not None:\n            raise AnswersAreGone",
        "        if self.forgotten:\n            raise AnswersAreGone",
        "tests/voting/test_reading.py",
        "tests/attacks",
    ),
    Mutant(
        "A card is moved only in a step that allows it",
        "services/workshop/models/board.py",
        "if kind not in workshop.step.allows:",
        "if False:",
        "tests/workshop/test_boards.py tests/workshop/test_outcomes.py",
        "tests/attacks",
    ),
    Mutant(
        "An approval is of the version that was read",
        "services/publishing/models/workbook.py",
        "        if version != self.version:\n            raise WordingChanged\n        if not self.is_in_review:",
        "        if not self.is_in_review:",
        "tests/publishing/test_approval.py",
        "tests/attacks",
    ),
    Mutant(
        "Only who is present at a round has a voice in it",
        "services/practice/models/round.py",
        "if member not in self.present:",
        "if False:",
        "tests/practice",
        "tests/attacks",
    ),
    Mutant(
        "Nobody is told of fewer than five teams",
        "services/lineage/query.py",
        "FEWEST_TEAMS = 5",
        "FEWEST_TEAMS = 1",
        "tests/lineage",
        "tests/attacks/test_thresholds_tell_of_nobody.py",
    ),
    Mutant(
        "A form on another site cannot act in a person's name",
        "services/portal/door.py",
        'said not in (None, "same-origin", "none") or origin not in (None, own_origin())',
        "False",
        "tests/portal/test_door.py",
        "tests/attacks",
    ),
    Mutant(
        "Who lost a partition commits nothing more on it",
        "shared/messaging/bus/member.py",
        "= (:group, :topic, :partition, :member, :epoch) RETURNING committed",
        "= (:group, :topic, :partition, owner, epoch) RETURNING committed",
        "tests/shared/test_consumer.py",
        "tests/bus/test_contract.py",
    ),
)


def main(arguments: list[str]) -> int:
    whole = "--whole" in arguments
    with a_copy() as copy:
        seen = [seen_by(mutant, copy, whole) for mutant in MUTANTS]
    fast, both = seen.count("fast"), len(seen) - seen.count(None)
    print(f"The fast tier sees {fast} of {len(seen)}, both together {both}.")
    return 0 if both == len(seen) and fast >= len(seen) - MISSED_BY_FAST else 1


@contextmanager
def a_copy() -> Iterator[Path]:
    """The last commit, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "polku"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", copy, "HEAD"], cwd=ROOT, check=True)
        try:
            yield copy
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", copy], cwd=ROOT, check=True)


def seen_by(mutant: Mutant, copy: Path, whole: bool) -> str | None:
    """Returns the first tier in which a test fails, and prints which test."""
    file = copy / mutant.file
    right = file.read_text()
    assert right.count(mutant.old) == 1, f"{mutant.file} has changed: say anew how to break it"
    file.write_text(right.replace(mutant.old, mutant.new))
    try:
        for tier, part in (("fast", mutant.fast), ("system", mutant.system)):
            if failed := first_failure(copy, tier, ["tests"] if whole else part.split()):
                print(f"{mutant.rule}: seen by {failed}", flush=True)
                return tier
    finally:
        file.write_text(right)
    print(f"{mutant.rule}: SEEN BY NOBODY", flush=True)
    return None


def first_failure(copy: Path, tier: str, part: list[str]) -> str | None:
    asked = [sys.executable, "-m", "pytest", "-m", tier, "-x", "-p", "no:cacheprovider", *part]
    said = subprocess.run(asked, cwd=copy, capture_output=True, text=True)
    if said.returncode not in (PASSED, FAILED):
        raise RuntimeError(said.stdout + said.stderr)
    return next((line for line in said.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
