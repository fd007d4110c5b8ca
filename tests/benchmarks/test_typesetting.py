"""A workbook of 60 pages: what our press costs on top of a bare Typst run of the same sheet.

    pytest tests/benchmarks/test_typesetting.py -s      (part of `make bench`)

Bare is a fresh process that compiles the same files with the same fonts to the same PDF/UA and does nothing else: no limits, no
manuscript to write, no question on which page each passage stands. (In one process Typst would remember its last run.)
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from services.publishing.content import Book, IdeaCard, Principle, Section, StaffVoice, Text, Tip
from services.publishing.tokens import Look
from services.publishing.typesetting import FONTS, Manuscript, printed
from tests.publishing.books import MOMENT, a_book

PAGES, RUNS, AT_MOST = 60, 5, 2.0
PROSE = "Kokouksiin tarvitaan väli, jossa ehtii hengittää ja kirjata sovitun. " * 14
CHAPTER = (
    Text(text=PROSE),
    StaffVoice(text="Etänä olevat unohtuvat helposti.", attribution="Asiantuntija"),
    Section(title="Ennen kokousta"),
    Tip(title="Viiden minuutin väli", text="Päätä kokous viittä vaille."),
    Text(text=PROSE),
    Principle(title="Jokainen kuuluu mukaan", text="Kokouksessa on yksi yhteinen tila."),
    IdeaCard(
        title="Kokoukseton perjantai", text="Kokeillaan kolme kuukautta.", first_step="Katsokaa kalentereita."
    ),
)


def sixty_pages() -> Book:
    return a_book(*CHAPTER * 60)


def seconds(act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def test_a_workbook_of_sixty_pages_costs_at_most_two_bare_runs(tmp_path: Path):
    manuscript = Manuscript(sixty_pages(), Look(), {})
    manuscript.lay_into(tmp_path)
    order = {"font_paths": [str(fonts) for fonts in FONTS], "root": str(tmp_path), "pdf_standards": ["ua-1"]}
    command = (
        f"import typst; typst.compile({str(tmp_path / 'workbook.typ')!r}, output='bare.pdf', **{order!r})"
    )

    def bare():
        subprocess.run([sys.executable, "-I", "-c", command], cwd=tmp_path, check=True)

    ours, theirs = [], []
    for _ in range(RUNS):  # in turns, so that a busy machine slows both
        theirs.append(seconds(bare))
        ours.append(seconds(lambda: printed(manuscript, "workbook", MOMENT)))
    made = printed(manuscript, "workbook", MOMENT)
    ratio = median(ours) / median(theirs)
    print(
        f"\n{max(made.standing.values())} pages, {len(made.pdf) // 1024} kB: ours {median(ours):.2f} s, bare {median(theirs):.2f} s, {ratio:.2f}"
    )
    assert max(made.standing.values()) >= PAGES and ratio <= AT_MOST
