"""An event for all staff, the kickoff or the launch: people sign up, ask, upvote and answer a poll."""

from datetime import datetime, timedelta

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Road
from infra.demo.walker.visitor import Page
from shared.languages import ZONE

QUESTIONS = (
    "Miten tästä eteenpäin sovitaan lähipäivistä?",
    "Hur tar vi hand om dem som sällan är på kontoret?",
    "Mistä tiedämme, että tällä kertaa jokin muuttuu?",
)
EVERY_THIRD = 3


def hold(road: Road, purpose: str) -> None:
    """From the invitation to the end; the first question is answered, the others go on to the survey."""
    road.eventually(lambda: hosted(road, purpose).forms("hall-time"), f"There is no {purpose} to hold.")
    announce(road, purpose)
    audience = road.participants[::EVERY_THIRD]
    road.everybody(lambda person: sign_up(road, person, purpose), "signed up", audience)
    (start, *_) = road.eventually(
        lambda: hosted(road, purpose).forms("hall-start"), f"The agreed path never came to the {purpose}."
    )
    start.submit()
    ask(road, purpose, audience)
    poll(road, purpose, audience)
    end(road, purpose)


def hosted(road: Road, purpose: str) -> Page:
    return road.facilitator.open(road.staff(purpose))


def announce(road: Road, purpose: str) -> None:
    soon = datetime.now(ZONE) + timedelta(minutes=5)
    times = {"starts_at": soon, "ends_at": soon + timedelta(hours=1)}
    hosted(road, purpose).form("hall-time").submit(
        **{name: f"{at:%Y-%m-%dT%H:%M}" for name, at in times.items()}
    )


def sign_up(road: Road, person: Participant, purpose: str) -> None:
    form = person.visitor.open(road.own(purpose)).form("sign-up")
    form.submit(("act", "sign_up"))


def ask(road: Road, purpose: str, audience: list[Participant]) -> None:
    for person, question in zip(audience, QUESTIONS, strict=False):
        person.visitor.open(road.own(purpose)).form("ask").submit(words=question)
    for waiting in hosted(road, purpose).forms("moderate"):
        waiting.submit(("act", "show"))
    road.everybody(lambda person: upvote(road, person, purpose), "upvotes", audience)


def upvote(road: Road, person: Participant, purpose: str) -> None:
    """Everybody lifts the question that their number leads them to."""
    forms = person.visitor.open(road.own(purpose)).forms("upvote")
    free = [form for form in forms if form.node.xpath('.//button[not(@disabled) and @value="give"]')]
    if free:
        free[person.number % len(free)].submit(("act", "give"))


def poll(road: Road, purpose: str, audience: list[Participant]) -> None:
    form = hosted(road, purpose).form("new-poll")
    asked = {f"words_{road.client.languages[0]}": "Miten hybridityö sujuu nyt?"}
    page = form.submit(**asked, kind="scale", steps="5")
    stage = next(form for form in page.forms("stage") if "poll_id" in form.fields)
    stage.submit(("kind", "poll"))
    road.everybody(lambda person: answer(road, person, purpose), "answers", audience)
    steer = hosted(road, purpose).form("steer")
    steer.submit(("act", "close"))
    hosted(road, purpose).form("steer").submit(("act", "reveal"))


def answer(road: Road, person: Participant, purpose: str) -> None:
    form = person.visitor.open(road.own(purpose)).form("poll")
    values = form.values("value")
    form.submit(value=values[person.number % len(values)])


def end(road: Road, purpose: str) -> None:
    for question in hosted(road, purpose).forms("moderate")[:1]:
        question.submit(("act", "answer"), reply="Kirjataan yhdessä sovittu työkirjaan.")
    hosted(road, purpose).form("hall-end").submit()
    page = hosted(road, purpose)
    if purpose == "kickoff" and page.forms("carry-forward"):
        page.form("carry-forward").submit()
