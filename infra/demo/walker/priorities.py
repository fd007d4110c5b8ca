"""Everybody reads and prioritises: on what the deck deals them they vote as their person of the pack did."""

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Journey
from infra.demo.walker.visitor import Form, Page

GOAL, HEARTS_EVERY = 20, 4


def vote(journey: Journey) -> None:
    first = journey.participants[0]
    ready = lambda: first.visitor.open(journey.own("reading")).forms("start-reading")  # noqa: E731
    journey.eventually(ready, "Nobody can read.")
    journey.eventually(
        lambda: views_to_read(journey) == journey.accepted, "Not all views came to the readers."
    )
    cast = journey.everybody(lambda person: read(journey, person), "readers")
    journey.report["votes.cast"] = sum(cast)


def views_to_read(journey: Journey) -> int:
    page = journey.lead.open(journey.staff("results"))
    return sum(int(cell) for cell in page.all('//table[@id="readings-by-theme"]/tbody/tr/td[1]/text()'))


def read(journey: Journey, person: Participant) -> int:
    """Five at a time until the goal, or until there is nothing left; how many votes were cast."""
    page, cast = person.visitor.open(journey.own("reading")).form("start-reading").submit(("act", "begin")), 0
    while page.forms("answers") and cast < GOAL:
        form = page.form("answers")
        chosen = answers_on(journey, person, page, form, cast)
        cast += sum(name.startswith("answer-") for name in chosen)
        act = "next" if cast < GOAL else "stop"
        page = form.submit(("act", act), **chosen)
    return cast


def answers_on(journey: Journey, person: Participant, page: Page, form: Form, already: int) -> dict[str, str]:
    """An answer to each of the five; every fourth answer brings a heart, which goes to a view that one agrees with."""
    answers, hearts = {}, {}
    for nr, item in enumerate(page.all("//li[starts-with(@id, 'view-')]"), already + 1):
        id = item.get("id").removeprefix("view-")
        words = item.xpath('.//*[contains(@class, "voice")]')[0].text_content().strip()
        answers[f"answer-{id}"] = journey.pack.vote(person.number, journey.comment_of[words].id)
        may_give = nr % HEARTS_EVERY == 0 and f"heart-{id}" in form.names
        if may_give and answers[f"answer-{id}"] == "agree":
            hearts[f"heart-{id}"] = "yes"
    return answers | hearts


def release(journey: Journey) -> None:
    """When everything is counted the lead releases the results; everybody may look at them then."""
    can_release = lambda: journey.lead.open(journey.staff("results")).forms("release-results")  # noqa: E731
    (form, *_) = journey.eventually(can_release, "The votes were never counted.")
    form.submit()
    page = journey.lead.open(journey.staff("results"))
    themes = page.all('//table[@id="readings-by-theme"]/tbody/tr')
    counted = [[int(cell.text_content()) for cell in row.xpath("./td")[:3]] for row in themes]
    journey.report["votes.counted"] = sum(readings for _, readings, _ in counted)
    journey.report["readings.fewest"] = min((fewest for views, _, fewest in counted if views), default=0)
    journey.report["readings.floor"] = int(page.all('//*[@id="floor"]/@data-floor')[0])
    journey.report["ranking"] = [
        place for theme in page.links("/results/") for place in places_of(journey, theme)
    ]


def places_of(journey: Journey, theme: str) -> list[dict[str, object]]:
    """A theme's views in their order, each with the interval of the share who agree."""
    found, page = [], journey.lead.open(theme)
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
        page = journey.lead.open(f"{journey.polku.console}{following[0]}")
