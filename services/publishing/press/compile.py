"""The press itself: one Typst compilation in this process, under limits. Reads its order from standard input."""

import json
import resource
import sys
from pathlib import Path

import typst


def main() -> int:
    order = json.load(sys.stdin)
    limit_this_process(order)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"])
    out = Path("out")
    out.mkdir()
    press = typst.Compiler(f"{order['sheet']}.typ", root=".", font_paths=fonts)
    try:
        pages = press.compile(
            format=order["form"],
            pdf_standards=order["standards"],
            timestamp=order["timestamp"],
            ppi=96,
        )
        Path("standing.json").write_text(press.query("<passage>", field="value"))
    except typst.TypstError as refusal:
        print(refusal.message)
        return 1
    for number, page in enumerate(pages if isinstance(pages, list) else [pages], start=1):
        (out / f"{number:04}").write_bytes(page or b"")
    return 0


def limit_this_process(order: dict) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024**2, 256 * 1024**2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


sys.exit(main())
