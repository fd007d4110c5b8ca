"""The end of the story: is everything that was said, cast and told accounted for?"""

from infra.demo.walker import views
from infra.demo.walker.journey import NeverCame, Road
from infra.demo.walker.visitor import Page

COUNTS = ("told", "handled", "unsent", "dead", "parked", "overdue", "brakes")


def reckon(road: Road) -> None:
    views.reckon(road)
    events(road)
    lineage(road)


def events(road: Road) -> None:
    """By the operator's page, once the last event has arrived; letters are counted when nobody has taken them up."""
    try:
        counts = road.eventually(lambda: settled(road), "Events are still on their way.")
    except NeverCame:
        counts = now(road) or {}
        if not counts.get("dead"):
            raise
    for name in ("told", "handled"):
        road.report[f"events.{name}"] = counts[name]
    road.report["events.dead"] = counts["dead"] + counts["parked"]


def settled(road: Road) -> dict[str, int] | None:
    counts = now(road)
    if counts is None:
        return None
    calm = counts["told"] == counts["handled"] and not counts["unsent"]
    return counts if calm and not counts["dead"] + counts["parked"] else None


def now(road: Road) -> dict[str, int] | None:
    return counts_on(road.lead.open(f"{road.polku.console}/operations"))


def counts_on(page: Page) -> dict[str, int] | None:
    """None while a service does not answer: then there is no sum."""
    figures = page.all('//tr[@id="bus-total"]//data/@value')
    return dict(zip(COUNTS, map(int, figures), strict=True)) if figures else None


def lineage(road: Road) -> None:
    """By the page that shows how whole the thread is."""
    page = road.lead.open(road.staff("threads"))
    for name, id in (("edges", "lineage-edges"), ("passages_without_views", "passages-without-views")):
        road.report[f"lineage.{name}"] = int(page.all(f'//data[@id="{id}"]/@value')[0])
