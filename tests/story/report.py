"""The story's report: its figures, and what was lost."""

import json
from pathlib import Path
from typing import Any

from infra.demo.walker.figures import Figures

MUST_BE_THERE = (
    "people",
    "views.shared",
    "votes.cast",
    "votes.counted",
    "readings.fewest",
    "readings.floor",
    "ranking",
    "groups",
    "outcomes",
    "passages",
    "editions",
    "events.told",
    "events.handled",
    "events.dead",
    "lineage.edges",
    "lineage.passages_without_views",
)


class Report(Figures):
    """Figures are written under dotted names and nested: {"votes.cast": 1, "votes": {"cast": 1}}."""

    @property
    def losses(self) -> list[str]:
        """Returns what was lost, in sentences; a whole story has none."""
        found = [f"{name} was never found out." for name in MUST_BE_THERE if name not in self.figures]
        if not found:
            found += [sentence for lost, sentence in self._comparisons() if lost]
        return found + [
            f"After the key's day {figure} can still be told: {name}." for name, figure in self.told if figure
        ]

    @property
    def told(self) -> list[tuple[str, int]]:
        """Returns what each attack came to after the key's day."""
        after = "attacks.after."
        return [
            (name.removeprefix(after), figure)
            for name, figure in self.figures.items()
            if name.startswith(after)
        ]

    def _comparisons(self) -> list[tuple[bool, str]]:
        figure = self.figures
        return [
            (
                figure["votes.cast"] != figure["votes.counted"],
                f"{figure['votes.cast']} votes were cast, {figure['votes.counted']} counted.",
            ),
            (
                figure.get("views.sent", 0) != figure["views.final"],
                f"{figure.get('views.sent', 0)} views were sent, {figure['views.final']} have a final state.",
            ),
            (
                figure["events.told"] != figure["events.handled"],
                f"{figure['events.told']} events were told, {figure['events.handled']} handled.",
            ),
            (figure["events.dead"] > 0, f"{figure['events.dead']} dead letters."),
            (
                figure["lineage.passages_without_views"] > 0,
                f"{figure['lineage.passages_without_views']} passages have no path to their views.",
            ),
        ]

    def write(self, folder: Path) -> Path:
        path = folder / "report.json"
        content = nested(self.figures) | self.figures | {"seconds": self.seconds, "lost": self.losses}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True, default=str))
        return path


def nested(figures: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, figure in figures.items():
        *branches, leaf = name.split(".")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = figure
    return tree
