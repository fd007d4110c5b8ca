"""`python -m infra.development.edit_to_seen`: how long it takes from saving a file until a page of the running `make dev` shows it.

Saves a template, a stylesheet, a translation and a module, each with a mark in it, looks at a page until the mark is there, and puts the
file back. Prints seconds; fails when one takes more than two.
"""

import re
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from infra.demo.installation import running_here
from infra.demo.walker.visitor import THE_WIRE
from infra.development.only_here import insist
from infra.development.running import NothingRuns
from infra.processes.ports import answers
from infra.processes.process import ROOT
from infra.trouble import CannotStart
from services.portal.look.area_files import static_files

PAGE, GOAL, PATIENCE, TIMES = "/protection?lang=fi", 2.0, 30.0, 3
AREA = ROOT / "services" / "portal" / "areas" / "privacy"
MODULE = """

@pages.after_request
def mark(answer):
    answer.headers["X-Mark"] = "{mark}"
    return answer
"""


@dataclass(frozen=True)
class Edit:
    """One kind of change: in which file, how, and where it is seen."""

    name: str
    path: Path
    with_mark: Callable[[str, str], str]
    seen_in: Callable[[httpx2.Client], str]

    def measure(self, browser: httpx2.Client) -> float:
        """Seconds from saving to seeing."""
        before, mark = self.path.read_bytes(), f"mark-{secrets.token_hex(4)}"
        try:
            self.path.write_text(self.with_mark(before.decode(), mark))
            return seconds_until(lambda: mark in self.seen_in(browser))
        finally:
            self.path.write_bytes(before)
            seconds_until(lambda: mark not in self.seen_in(browser))


def main() -> int:
    insist()
    running = running_here()
    if not answers(running.ports["WEB"]):
        raise NothingRuns
    with httpx2.Client(base_url=running.site("avi"), transport=THE_WIRE, timeout=PATIENCE) as browser:
        worst = [report(edit.name, [edit.measure(browser) for _ in range(TIMES)]) for edit in edits(browser)]
    return 0 if max(worst) <= GOAL else 1


def report(name: str, seconds: list[float]) -> float:
    print(f"{name:<12} {', '.join(f'{taken:.1f} s' for taken in seconds)}", flush=True)
    return sorted(seconds)[len(seconds) // 2]


def edits(browser: httpx2.Client) -> list[Edit]:
    name = style_address(browser).partition("?")[0].removeprefix("/static/")
    style = static_files()[name]
    return [
        Edit("template", AREA / "templates" / "protection.html", in_the_template, page),
        Edit("stylesheet", style, lambda text, mark: f"{text}\n/* {mark} */\n", stylesheet),
        Edit("translation", AREA / "translations" / "protection.fi.po", in_the_translation, page),
        Edit(
            "module",
            AREA / "employee_protection.py",
            lambda text, mark: text + MODULE.format(mark=mark),
            head,
        ),
    ]


def in_the_template(text: str, mark: str) -> str:
    return text.replace('id="protection">', f'id="protection"><!-- {mark} -->', 1)


def in_the_translation(text: str, mark: str) -> str:
    return re.sub(r'(msgid "How your words are protected"\nmsgstr ")', rf"\g<1>{mark} ", text, count=1)


def page(browser: httpx2.Client) -> str:
    return browser.get(PAGE).text


def head(browser: httpx2.Client) -> str:
    return browser.get(PAGE).headers.get("X-Mark", "")


def style_address(browser: httpx2.Client) -> str:
    found = re.search(r'<link rel="stylesheet" href="(/static/[^"]+)"', page(browser))
    return found[1] if found else ""


def stylesheet(browser: httpx2.Client) -> str:
    return browser.get(style_address(browser)).text


def seconds_until(seen: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not seen() and time.monotonic() - began < PATIENCE:
        time.sleep(0.02)
    return time.monotonic() - began


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotStart as problem:
        sys.exit(str(problem))
