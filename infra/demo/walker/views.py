"""Everybody gives the views that they gave in the pack; moderators read them."""

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Road
from infra.demo.walker.pack import Comment
from infra.demo.walker.visitor import Page


def give_views(road: Road) -> None:
    """The comments of the pack become views, a quarter of them on each theme."""
    writers = writers_of(road)
    road.eventually(lambda: themes_of(road, writers[0]), "Nobody can give views.")
    road.comment_of = {comment.text: comment for comment in road.pack.comments}
    road.accepted = 0
    sent = road.everybody(lambda person: write_all(road, person), "views", writers)
    road.report["views.sent"] = sum(sent)


def writers_of(road: Road) -> list[Participant]:
    return [person for person in road.participants if person.number in road.pack.written_by]


def themes_of(road: Road, person: Participant) -> list[str]:
    """Addresses of the pages where one writes, a theme each."""
    page = person.visitor.open(road.own("views"))
    own = [link.split("/views/")[1] for link in page.links("/views/")]
    return sorted(road.own(f"views/{theme}") for theme in own if len(theme) == 36)


def write_all(road: Road, person: Participant) -> int:
    themes = themes_of(road, person)
    comments = road.pack.written_by[person.number]
    for comment in comments:
        write(person, themes[road.pack.place[comment.id] % len(themes)], comment)
    return len(comments)


def write(person: Participant, theme: str, comment: Comment) -> Page:
    form = person.visitor.open(theme).form("give-view")
    return form.submit(("act", "send"), text=comment.text, language=comment.language)


def some_have_left(road: Road) -> None:
    """A handful has gone on to the moderators; what fewer than five have written stays with its authors until the end."""
    road.eventually(
        lambda: road.facilitator.open(road.staff("moderation")).forms("take-views"), "No handful has left."
    )


def moderate_the_first(road: Road) -> None:
    some_have_left(road)
    moderate(road)


def moderate_the_rest(road: Road) -> None:
    """What was left when giving views ended has gone to the moderators together."""
    writer = writers_of(road)[0]
    road.eventually(lambda: not themes_of(road, writer), "Giving views has not ended.")
    moderate(road)


def moderate(road: Road) -> None:
    """Those that the pack's own moderators took out are rejected with a reason, the others shown."""
    settled = 0
    while True:
        page = road.facilitator.open(road.staff("moderation"))
        if page.forms("take-views"):
            page = page.form("take-views").submit()
        if not page.forms("moderate-views"):
            break
        settled += decide_on_a_handful(road, page)
        road.say(f"    moderated: {settled}")


def decide_on_a_handful(road: Road, page: Page) -> int:
    form, decisions = page.form("moderate-views"), {}
    articles = page.all('//article[starts-with(@id, "view-")]')
    for article in articles:
        id = article.get("id").removeprefix("view-")
        words = article.xpath('.//*[contains(@class, "voice")]')[0].text_content().strip()
        comment = road.comment_of.get(words)
        rejected = comment is not None and comment.rejected
        decisions[f"decision-{id}"] = "reject" if rejected else "accept"
        road.accepted += not rejected
        if rejected:
            decisions[f"ground-{id}"] = next(ground for ground in form.values(f"ground-{id}") if ground)
    form.submit(("act", "settle-and-take"), **decisions)
    return len(articles)


def reckon(road: Road) -> None:
    """Every view that was sent has a final state, by its author's own page."""
    writers = writers_of(road)
    states = road.everybody(lambda person: states_of(road, person), "final states", writers)
    for state in ("shared", "rejected", "withdrawn", "waiting"):
        road.report[f"views.{state}"] = sum(each.count(state) for each in states)
    road.report["views.final"] = sum(
        len(each) - each.count("waiting") - each.count("sealed") for each in states
    )


def states_of(road: Road, person: Participant) -> list[str]:
    page = person.visitor.open(road.own("views/mine"))
    return page.all("//article[@data-status]/@data-status")
