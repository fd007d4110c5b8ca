"""`python -m infra.development.picture` draws docs/architecture.svg from the code: which service hears how many of whose events.

A row tells, a column hears, a disc says how many kinds of events. `tests/architecture/test_picture.py` fails when the code has
changed and the picture has not.
"""

import json
from collections import Counter
from html import escape
from pathlib import Path

from jinja2 import Template

from shared.contracts.asyncapi.hearing import HEARD_BY

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.svg"
# In the order in which a client's path comes to them; the last two gather what the others tell.
SERVICES = [
    "identity",
    "process",
    "townhall",
    "survey",
    "voting",
    "workshop",
    "publishing",
    "practice",
    "lineage",
    "notification",
]
CELL, LEFT, TOP = 92, 144, 190
TEMPLATE = Template(
    """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" role="img" aria-labelledby="title story">
<title id="title">Which service hears whose events</title>
<desc id="story">{{ story }}</desc>
<style>
  svg { --paper: #fbfaf6; --ink: #1b2422; --soft: #54605c; --line: #d9ddd6; --brand: #1d4a43; --on: #ffffff; --tint: #e6efe9;
        font-family: system-ui, sans-serif; font-size: 13px; text-anchor: middle; }
  @media (prefers-color-scheme: dark) { svg { --paper: #121816; --ink: #ecf0ed; --soft: #a9b5b0; --line: #2e3936;
        --brand: #9ccfbf; --on: #0d1b18; --tint: #1f2d29; } }
  .paper { fill: var(--paper); } .box { fill: var(--tint); stroke: var(--brand); } .door { fill: var(--brand); }
  text { fill: var(--ink); dominant-baseline: central; } .on { fill: var(--on); } .soft { fill: var(--soft); }
  .left { text-anchor: start; } .right { text-anchor: end; } .line { stroke: var(--line); } .call { stroke: var(--brand); stroke-dasharray: 4 3; }
  .own { fill: var(--tint); }
</style>
<rect class="paper" width="{{ width }}" height="{{ height }}"/>
<rect class="door" x="{{ left }}" y="24" width="{{ cell * columns | length }}" height="44" rx="8"/>
<text class="on" x="{{ left + cell * columns | length / 2 }}" y="46">portal: the pages of employees, of the client and of the consultancy</text>
<text class="soft right" x="{{ left - 12 }}" y="90">calls operations of</text>
{%- for name in columns %}{% set x = left + cell * loop.index0 + cell / 2 %}
<line class="call" x1="{{ x }}" y1="68" x2="{{ x }}" y2="112"/>
<rect class="box" x="{{ x - cell / 2 + 4 }}" y="112" width="{{ cell - 8 }}" height="40" rx="8"/><text x="{{ x }}" y="132">{{ name }}</text>
<line class="line" x1="{{ x }}" y1="152" x2="{{ x }}" y2="{{ height - 20 }}"/>
{%- endfor %}
<text class="soft right" x="{{ left - 12 }}" y="176">tells events to</text>
{%- for name, cells in rows %}{% set y = top + 44 * loop.index0 + 22 %}
<line class="line" x1="{{ left - 6 }}" y1="{{ y }}" x2="{{ width - 16 }}" y2="{{ y }}"/><text class="right" x="{{ left - 12 }}" y="{{ y }}">{{ name }}</text>
{%- for number in cells %}{% if number %}{% set x = left + cell * loop.index0 + cell / 2 %}
<circle class="{{ 'own' if columns[loop.index0] == name else 'door' }}" cx="{{ x }}" cy="{{ y }}" r="{{ 9 + number }}"/><text class="{{ '' if columns[loop.index0] == name else 'on' }}" x="{{ x }}" y="{{ y }}">{{ number }}</text>
{%- endif %}{% endfor %}
{%- endfor %}
</svg>
"""
)


def main() -> None:
    PICTURE.write_text(drawn())
    print(f"Drawn: {PICTURE.name}")


def drawn() -> str:
    """Returns the picture as SVG, the same for the same code."""
    kinds = kinds_heard()
    rows = [(source, [kinds[source, consumer] for consumer in SERVICES]) for source in SERVICES]
    rows = [(source, cells) for source, cells in rows if any(cells)]
    return TEMPLATE.render(
        columns=SERVICES,
        rows=rows,
        story=escape(story(kinds)),
        cell=CELL,
        left=LEFT,
        top=TOP,
        width=LEFT + CELL * len(SERVICES) + 16,
        height=TOP + 44 * len(rows) + 20,
    )


def kinds_heard() -> Counter[tuple[str, str]]:
    """Counts the kinds of events by who tells and who hears them. That a service has forgotten a person is left out: all tell it
    to identity."""
    heard = json.loads(HEARD_BY.read_text())
    pairs = (
        (type.split(".")[1], consumer)
        for consumer, types in heard.items()
        for type in types
        if not is_forgetting(type)
    )
    return Counter(pairs)


def is_forgetting(type: str) -> bool:
    return type.split(".")[2].endswith("-forgot")


def story(kinds: Counter[tuple[str, str]]) -> str:
    """Says the picture in words, for who does not see it."""
    return " ".join(
        f"{source} is heard by "
        + ", ".join(
            f"{consumer} ({kinds[source, consumer]})" for consumer in SERVICES if kinds[source, consumer]
        )
        + "."
        for source in SERVICES
        if any(kinds[source, consumer] for consumer in SERVICES)
    )


if __name__ == "__main__":
    main()
