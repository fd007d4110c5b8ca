"""Reads one workbook in this process, under limits. The file comes by standard input; writes its sheets as JSON or, where it
refuses, a word for why."""

import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

MOST_SHEETS, MOST_PARTS, MOST_MERGED = 20, 2_000, 10_000


def main() -> int:
    order = json.loads(sys.argv[1])
    limit_this_process(order)
    content = sys.stdin.buffer.read()
    if content.startswith(b"PK") and (why := why_not(content, order)):
        return refuse(why)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            json.dump(sheets_of(workbook, order), sys.stdout)
    except PasswordError:
        return refuse("has-a-password")
    except MemoryError:
        return refuse("too-much")
    except (CalamineError, ValueError, OSError):
        return refuse("not-readable")
    return 0


def limit_this_process(order: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse(why: str) -> int:
    print(why)
    return 1


def why_not(content: bytes, order: dict[str, Any]) -> str:
    """Looks at what the archive says of itself; where it lies, the limits of this process hold."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        return "not-readable"
    is_too_much = len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > order["unpacked"]
    return "too-much" if is_too_much else ""


def sheets_of(workbook: CalamineWorkbook, order: dict[str, Any]) -> list[dict[str, Any]]:
    """The sheets that are seen, in their order."""
    seen = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    read = []
    for name in seen[:MOST_SHEETS]:
        sheet = workbook.get_sheet_by_name(name)
        read.append({"name": name, "rows": rows_of(sheet, order)})
    return read


def rows_of(sheet: CalamineSheet, order: dict[str, Any]) -> list[list[Any]]:
    """The rows that hold something, with their numbers. Cells that are merged downwards stand in each of their rows."""
    merged, found = merged_downwards(sheet), []
    value_of: dict[tuple[int, int], str] = {}
    for index, row in enumerate(sheet.iter_rows()):
        cells = [written(value)[: order["cell"]] for value in islice(row, order["columns"])]
        for column, top in merged.get(index, {}).items():
            if column < len(cells):
                cells[column] = value_of.setdefault((top, column), cells[column])
        if any(cell.strip() for cell in cells):
            found.append([index + 1, cells])
        if len(found) > order["rows"]:
            break
    return found


def merged_downwards(sheet: CalamineSheet) -> dict[int, dict[int, int]]:
    """Returns by row and column in which row the cell begins."""
    rows: dict[int, dict[int, int]] = {}
    left = MOST_MERGED
    for (top, column), (bottom, last) in sheet.merged_cell_ranges or []:
        if column == last and (left := left - (bottom - top)) > 0:
            for row in range(top, bottom + 1):
                rows.setdefault(row, {})[column] = top
    return rows


def written(value: Any) -> str:
    """The value as people read it in the cell; a formula is what it last came to."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, bool | date | time | timedelta | int | float):
        return str(value)
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
