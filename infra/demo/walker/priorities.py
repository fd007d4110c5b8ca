"""Everybody reads and prioritises: on what the deck deals them they vote as their person of the pack did."""

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Road
from infra.demo.walker.visitor import Form, Page

GOAL, HEARTS_EVERY = 20, 4


def vote(road: Road) -> None:
    first = road.participants[0]
    ready = lambda: first.visitor.open(road.own("reading")).forms("start-reading")  # noqa: E731
    road.eventually(ready, "Nobody can read.")
    road.eventually(lambda: views_to_read(road) == road.accepted, "Not all views came to the readers.")
    cast = road.everybody(lambda person: read(road, person), "readers")
    road.report["votes.cast"] = sum(cast)


def views_to_read(road: Road) -> int:
    page = road.lead.open(road.staff("results"))
    return sum(int(cell) for cell in page.all('//table[@id="readings-by-theme"]/tbody/tr/td[1]/text()'))


def read(road: Road, person: Participant) -> int:
    """Five at a time until the goal, or until there is nothing left; how many votes were cast."""
    page, cast = person.visitor.open(road.own("reading")).form("start-reading").submit(("act", "begin")), 0
    while page.forms("answers") and cast < GOAL:
        form = page.form("answers")
        chosen = answers_on(road, person, page, form, cast)
        cast += sum(name.startswith("answer-") for name in chosen)
        act = "next" if cast < GOAL else "stop"
        page = form.submit(("act", act), **chosen)
    return cast


def answers_on(road: Road, person: Participant, page: Page, form: Form, already: int) -> dict[str, str]:
    """An answer to each of the five; every fourth answer brings a heart, which goes to a view that one agrees with."""
    answers, hearts = {}, {}
    for nr, item in enumerate(page.all("//li[starts-with(@id, 'view-')]"), already + 1):
        id = item.get("id").removeprefix("view-")
        words = item.xpath('.//*[contains(@class, "voice")]')[0].text_content().strip()
        answers[f"answer-{id}"] = road.pack.vote(person.number, road.comment_of[words].id)
        may_give = nr % HEARTS_EVERY == 0 and f"heart-{id}" in form.names
        if may_give and answers[f"answer-{id}"] == "agree":
            hearts[f"heart-{id}"] = "yes"
    return answers | hearts


def release(road: Road) -> None:
    """When everything is counted the lead releases the results; everybody may look at them then."""
    can_release = lambda: road.lead.open(road.staff("results")).forms("release-results")  # noqa: E731
    (form, *_) = road.eventually(can_release, "The votes were never counted.")
    form.submit()
    page = road.lead.open(road.staff("results"))
    themes = page.all('//table[@id="readings-by-theme"]/tbody/tr')
    counted = [[int(cell.text_content()) for cell in row.xpath("./td")[:3]] for row in themes]
    road.report["votes.counted"] = sum(readings for _, readings, _ in counted)
    road.report["readings.fewest"] = min((fewest for views, _, fewest in counted if views), default=0)
    road.report["readings.floor"] = int(page.all('//*[@id="floor"]/@data-floor')[0])
    road.report["ranking"] = [place for theme in page.links("/results/") for place in places_of(road, theme)]


def places_of(road: Road, theme: str) -> list[dict[str, object]]:
    """A theme's views in their order, each with the interval of the share who agree."""
    found, page = [], road.lead.open(theme)
    while True:
        for item in page.all("//li[@data-place]"):
            numbers = {name: float(item.get(f"data-{name}")) for name in ("agree", "low", "high")}
            whole = {name: int(item.get(f"data-{name}")) for name in ("place", "readings")}
            found.append(
                {"view": item.get("id").removeprefix("view-"), "theme": theme[-36:]} | whole | numbers
            )
        following = page.all('//a[@rel="next"]/@href')
        if not following:
            return found
        page = road.lead.open(f"{road.polku.console}{following[0]}")
