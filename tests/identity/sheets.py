"""Files as personnel systems, directories and people make them, written by hand: no library of spreadsheets is needed for that."""

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

Cells = Iterable[Iterable[object]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsx(**sheets: Cells | str) -> bytes:
    """A workbook; a sheet is its rows, or the XML of what stands in it."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1)
    )
    targets = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(names, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
    }
    for n, content in enumerate(sheets.values(), 1):
        inside = content if isinstance(content, str) else sheet_data(content)
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{MAIN}">{inside}</worksheet>'
    return zipped(parts)


def sheet_data(rows: Cells) -> str:
    return f"<sheetData>{''.join(row_of(number, row) for number, row in enumerate(rows, 1))}</sheetData>"


def row_of(number: int, row: Iterable[object]) -> str:
    cells = (
        cell_of(f"{column}{number}", value)
        for column, value in zip("ABCDEFGHIJ", row, strict=False)
        if value != ""
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def cell_of(place: str, value: object) -> str:
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    if str(value).startswith("="):
        return f'<c r="{place}" t="str"><f>{escape(str(value)[1:])}</f><v>came to this</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def ods(rows: Cells) -> bytes:
    office, table, text = (
        f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    written = "".join(
        f"<table:table-row>{''.join(cell.format(escape(str(value))) for value in row)}</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}"><office:body>'
        f'<office:spreadsheet><table:table table:name="Taulukko1">{written}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def csv_of(rows: Cells, separator: str = ";", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    return end.join(separator.join(map(str, row)) for row in rows).encode(encoding)
