"""Everybody gives the views that they gave in the pack; moderators read them."""

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Journey
from infra.demo.walker.pack import Comment
from infra.demo.walker.visitor import Page


def give_views(journey: Journey) -> None:
    """The comments of the pack become views, a quarter of them on each theme."""
    writers = writers_of(journey)
    journey.eventually(lambda: themes_of(journey, writers[0]), "Nobody can give views.")
    journey.comment_of = {comment.text: comment for comment in journey.pack.comments}
    journey.accepted = 0
    sent = journey.everybody(lambda person: write_all(journey, person), "views", writers)
    journey.report["views.sent"] = sum(sent)


def writers_of(journey: Journey) -> list[Participant]:
    return [person for person in journey.participants if person.number in journey.pack.written_by]


def themes_of(journey: Journey, person: Participant) -> list[str]:
    """Addresses of the pages where one writes, a theme each."""
    page = person.visitor.open(journey.own("views"))
    own = [link.split("/views/")[1] for link in page.links("/views/")]
    return sorted(journey.own(f"views/{theme}") for theme in own if len(theme) == 36)


def write_all(journey: Journey, person: Participant) -> int:
    themes = themes_of(journey, person)
    comments = journey.pack.written_by[person.number]
    for comment in comments:
        write(person, themes[journey.pack.place[comment.id] % len(themes)], comment)
    return len(comments)


def write(person: Participant, theme: str, comment: Comment) -> Page:
    form = person.visitor.open(theme).form("give-view")
    return form.submit(("act", "send"), text=comment.text, language=comment.language)


def some_have_left(journey: Journey) -> None:
    """A handful has gone on to the moderators; what fewer than five have written stays with its authors until the end."""
    journey.eventually(
        lambda: journey.facilitator.open(journey.staff("moderation")).forms("take-views"),
        "No handful has left.",
    )


def moderate_the_first(journey: Journey) -> None:
    some_have_left(journey)
    moderate(journey)


def moderate_the_rest(journey: Journey) -> None:
    """Moderates what was left when giving views ended; it has gone to the moderators together."""
    writer = writers_of(journey)[0]
    journey.eventually(lambda: not themes_of(journey, writer), "Giving views has not ended.")
    moderate(journey)


def moderate(journey: Journey) -> None:
    """Moderates as the pack's own moderators did: the views that they took out are rejected with a reason, the others shown."""
    settled = 0
    while True:
        page = journey.facilitator.open(journey.staff("moderation"))
        if page.forms("take-views"):
            page = page.form("take-views").submit()
        if not page.forms("moderate-views"):
            break
        settled += decide_on_a_handful(journey, page)
        journey.say(f"    moderated: {settled}")


def decide_on_a_handful(journey: Journey, page: Page) -> int:
    form, decisions = page.form("moderate-views"), {}
    articles = page.all('//article[starts-with(@id, "view-")]')
    for article in articles:
        id = article.get("id").removeprefix("view-")
        words = article.xpath('.//*[contains(@class, "voice")]')[0].text_content().strip()
        comment = journey.comment_of.get(words)
        rejected = comment is not None and comment.rejected
        decisions[f"decision-{id}"] = "reject" if rejected else "accept"
        journey.accepted += not rejected
        if rejected:
            decisions[f"ground-{id}"] = next(ground for ground in form.values(f"ground-{id}") if ground)
    form.submit(("act", "settle-and-take"), **decisions)
    return len(articles)


def reckon(journey: Journey) -> None:
    """Every view that was sent has a final state, by its author's own page."""
    writers = writers_of(journey)
    states = journey.everybody(lambda person: states_of(journey, person), "final states", writers)
    for state in ("shared", "rejected", "withdrawn", "waiting"):
        journey.report[f"views.{state}"] = sum(each.count(state) for each in states)
    journey.report["views.final"] = sum(
        len(each) - each.count("waiting") - each.count("sealed") for each in states
    )


def states_of(journey: Journey, person: Participant) -> list[str]:
    page = person.visitor.open(journey.own("views/mine"))
    return page.all("//article[@data-status]/@data-status")
