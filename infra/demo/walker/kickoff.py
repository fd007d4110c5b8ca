"""An event for all staff, the kickoff or the launch: people sign up, ask, upvote and answer a poll."""

from datetime import datetime, timedelta

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Journey
from infra.demo.walker.visitor import Page
from shared.languages import ZONE

QUESTIONS = (
    "Miten tästä eteenpäin sovitaan lähipäivistä?",
    "Hur tar vi hand om dem som sällan är på kontoret?",
    "Mistä tiedämme, että tällä kertaa jokin muuttuu?",
)
EVERY_THIRD = 3


def hold(journey: Journey, purpose: str) -> None:
    """From the invitation to the end; the first question is answered, the others go on to the survey."""
    journey.eventually(lambda: hosted(journey, purpose).forms("hall-time"), f"There is no {purpose} to hold.")
    announce(journey, purpose)
    audience = journey.participants[::EVERY_THIRD]
    journey.everybody(lambda person: sign_up(journey, person, purpose), "signed up", audience)
    (start, *_) = journey.eventually(
        lambda: hosted(journey, purpose).forms("hall-start"), f"The agreed path never came to the {purpose}."
    )
    start.submit()
    ask(journey, purpose, audience)
    poll(journey, purpose, audience)
    end(journey, purpose)


def hosted(journey: Journey, purpose: str) -> Page:
    return journey.facilitator.open(journey.staff(purpose))


def announce(journey: Journey, purpose: str) -> None:
    soon = datetime.now(ZONE) + timedelta(minutes=5)
    times = {"starts_at": soon, "ends_at": soon + timedelta(hours=1)}
    hosted(journey, purpose).form("hall-time").submit(
        **{name: f"{at:%Y-%m-%dT%H:%M}" for name, at in times.items()}
    )


def sign_up(journey: Journey, person: Participant, purpose: str) -> None:
    form = person.visitor.open(journey.own(purpose)).form("sign-up")
    form.submit(("act", "sign_up"))


def ask(journey: Journey, purpose: str, audience: list[Participant]) -> None:
    for person, question in zip(audience, QUESTIONS, strict=False):
        person.visitor.open(journey.own(purpose)).form("ask").submit(words=question)
    for waiting in hosted(journey, purpose).forms("moderate"):
        waiting.submit(("act", "show"))
    journey.everybody(lambda person: upvote(journey, person, purpose), "upvotes", audience)


def upvote(journey: Journey, person: Participant, purpose: str) -> None:
    """Everybody lifts the question that their number leads them to."""
    forms = person.visitor.open(journey.own(purpose)).forms("upvote")
    free = [form for form in forms if form.node.xpath('.//button[not(@disabled) and @value="give"]')]
    if free:
        free[person.number % len(free)].submit(("act", "give"))


def poll(journey: Journey, purpose: str, audience: list[Participant]) -> None:
    form = hosted(journey, purpose).form("new-poll")
    fields = {f"words_{journey.client.languages[0]}": "Miten hybridityö sujuu nyt?"}
    page = form.submit(**fields, kind="scale", steps="5")
    stage = next(form for form in page.forms("stage") if "poll_id" in form.fields)
    stage.submit(("kind", "poll"))
    journey.everybody(lambda person: answer(journey, person, purpose), "answers", audience)
    steer = hosted(journey, purpose).form("steer")
    steer.submit(("act", "close"))
    hosted(journey, purpose).form("steer").submit(("act", "reveal"))


def answer(journey: Journey, person: Participant, purpose: str) -> None:
    form = person.visitor.open(journey.own(purpose)).form("poll")
    values = form.values("value")
    form.submit(value=values[person.number % len(values)])


def end(journey: Journey, purpose: str) -> None:
    for question in hosted(journey, purpose).forms("moderate")[:1]:
        question.submit(("act", "answer"), reply="Kirjataan yhdessä sovittu työkirjaan.")
    hosted(journey, purpose).form("hall-end").submit()
    page = hosted(journey, purpose)
    if purpose == "kickoff" and page.forms("carry-forward"):
        page.form("carry-forward").submit()
