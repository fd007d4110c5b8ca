"""A team makes the workbook its own: cards are dealt, rules written, everybody present can live with them."""

import re

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Journey
from infra.demo.walker.visitor import Page, Refused

TEAM, CARDS = 6, 2


def agree(journey: Journey) -> None:
    """The supervisor begins, colleagues come to the table, all agree; the round ends when the last one has."""
    founder = next(person for person in journey.participants if "supervisor" in person.roles)
    others = [person for person in journey.participants if person is not founder][: TEAM - 1]
    table = found(journey, founder)
    link = re.search(r"""/runs/[0-9a-f-]+/rules/join/[^"'<\s]+""", founder.visitor.open(table).body.decode())
    if not link:
        raise Refused("The team's page does not say how colleagues come to it.")
    journey.everybody(lambda person: join(journey, person, link[0]), "at the table", others)
    write(founder, table)
    founder.visitor.open(table).form("ask-everybody").submit(
        present=everybody_on(founder.visitor.open(table))
    )
    journey.everybody(lambda person: say_yes(person, table), "can live with it", [founder, *others])
    if not founder.visitor.open(table).all('//*[@id="review-calendar"]'):
        raise Refused("Everybody can live with the rules, and yet they are not agreed.")
    journey.report["teams.agreed"] = 1


def found(journey: Journey, founder: Participant) -> str:
    can = lambda: founder.visitor.open(journey.own("rules")).forms("found-team")  # noqa: E731
    (form, *_) = journey.eventually(can, "No team can begin with its ground rules.")
    return form.submit(name="Työsuojelu Oulu").url.split("#")[0]


def join(journey: Journey, person: Participant, path: str) -> None:
    person.visitor.open(f"{journey.site}{path}").form("join-team").submit()


def write(founder: Participant, table: str) -> None:
    """Rules from the workbook's cards, and one in the team's own words."""
    page = founder.visitor.open(table)
    if page.forms("deal"):
        page = page.form("deal").submit()
    for card in page.forms("rule-from")[:CARDS]:
        heading = card.fields.get("heading") or next(value for value in card.values("heading") if value)
        words = card.fields.get("words") or "Kokeillaan kortin ajatusta kuukausi."
        card.submit(heading=heading, words=words)
    founder.visitor.open(table).form("write-meetings").submit(
        words="Kokousten väliin jää aina kymmenen minuuttia."
    )


def everybody_on(page: Page) -> list[str]:
    return page.form("ask-everybody").values("present")


def say_yes(person: Participant, table: str) -> None:
    person.visitor.open(table).form("say").submit(says="can_live")
