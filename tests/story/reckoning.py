"""The end of the story: is everything that was said, cast and told accounted for?"""

from infra.demo.walker import views
from infra.demo.walker.journey import Journey, NeverCame
from infra.demo.walker.visitor import Page

COUNTS = ("told", "handled", "unsent", "dead", "parked", "overdue", "brakes")


def reckon(journey: Journey) -> None:
    views.reckon(journey)
    events(journey)
    lineage(journey)


def events(journey: Journey) -> None:
    """By the operator's page, once the last event has arrived; dead letters are counted when nobody has taken them up."""
    try:
        counts = journey.eventually(lambda: settled(journey), "Events are still on their way.")
    except NeverCame:
        counts = now(journey) or {}
        if not counts.get("dead"):
            raise
    for name in ("told", "handled"):
        journey.report[f"events.{name}"] = counts[name]
    journey.report["events.dead"] = counts["dead"] + counts["parked"]


def settled(journey: Journey) -> dict[str, int] | None:
    counts = now(journey)
    if counts is None:
        return None
    calm = counts["told"] == counts["handled"] and not counts["unsent"]
    return counts if calm and not counts["dead"] + counts["parked"] else None


def now(journey: Journey) -> dict[str, int] | None:
    return counts_on(journey.lead.open(f"{journey.polku.console}/operations"))


def counts_on(page: Page) -> dict[str, int] | None:
    """Returns the counts on the page; None while a service does not answer: then there is no sum."""
    figures = page.all('//tr[@id="bus-total"]//data/@value')
    return dict(zip(COUNTS, map(int, figures), strict=True)) if figures else None


def lineage(journey: Journey) -> None:
    """By the page that shows how whole the thread is."""
    page = journey.lead.open(journey.staff("threads"))
    for name, id in (("edges", "lineage-edges"), ("passages_without_views", "passages-without-views")):
        journey.report[f"lineage.{name}"] = int(page.all(f'//data[@id="{id}"]/@value')[0])
