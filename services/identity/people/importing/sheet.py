"""Rows as a spreadsheet has them: each with the number by which a person finds it again."""

from dataclasses import dataclass, field

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 10_000, 100, 1_000
"""Cells are cut at their length: what is longer is refused where it is used, and no name or address is."""


@dataclass(frozen=True)
class Row:
    """A row with something in it."""

    number: int
    cells: list[str]

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A list as it was read: its rows, the name of the sheet they are on, and the sheets that were not read."""

    rows: list[Row]
    name: str = ""
    not_read: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)
