"""Both workshop rounds: questions from the ranking, a session, mixed groups, cards, marks, outcomes that groups sign."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.story.cast import Participant
from infra.story.road import Road
from infra.story.visitor import Form, Page
from shared.languages import ZONE

MOST_ATTENDEES, GROUP = 84, 7
CARDS = {
    1: (
        "Näemme tämän joka viikko.",
        "Taustalla on, ettei yhdessä ole sovittu.",
        "Siitä seuraa turhaa odottelua.",
    ),
    2: (
        "Kokeillaan kuukausi ja katsotaan.",
        "Siihen tarvitaan esihenkilön tuki.",
        "Aloitetaan omasta tiimistä.",
    ),
}
OUTCOMES = {
    1: "Ryhmä näkee, että tärkeintä on sopia yhdessä ja sanoa se ääneen.",
    2: "Sovitaan tiimeissä yhteinen tapa, kokeillaan kuukausi ja tarkistetaan se yhdessä.",
}


SIGNED = '//article[starts-with(@id, "outcome-")][.//*[contains(@class, "good")]]'


@dataclass
class Attendee:
    """Somebody at a session: where their board is, and what they have done on it."""

    person: Participant
    board: str = ""
    done: set[str] = field(default_factory=set)

    @property
    def may_sign(self) -> bool:
        return "outcome" in self.done and "sign" not in self.done


def table_questions(road: Road) -> None:
    """Each proposed question gets a wording and comes to the table."""
    find = lambda: questions_on(road.lead.open(road.staff("questions")))  # noqa: E731
    addresses = road.eventually(find, "The ranking never became questions.")
    for address in addresses:
        page = road.lead.open(address)
        form = page.form("word-question")
        views = [node.text_content().strip() for node in page.all('//*[contains(@class, "voice")]')]
        wording = f"Mitä teemme tälle: {views[0][:300] if views else '?'}"
        names = [name for name in form.names if name.startswith("wording-")]
        form.submit(("act", "word-and-table"), **dict.fromkeys(names, wording))
    road.report["questions"] = len(addresses)


def questions_on(page: Page) -> list[str]:
    return [link for link in page.links("/questions/") if len(link.rsplit("/", 1)[-1]) == 36]


def hold(road: Road, number: int) -> None:
    """One session for everybody who comes, step by step, until its round is over."""
    road.eventually(
        lambda: road.facilitator.open(road.staff("sessions")).forms("schedule-session"), "No round."
    )
    session = schedule(road, number)
    attendees = [Attendee(person) for person in road.participants[:MOST_ATTENDEES]]
    people = [attendee.person for attendee in attendees]
    road.eventually(lambda: can_sign_up(road, people[0], session), "Nobody can sign up.")
    road.everybody(lambda person: sign_up(road, person, session), "signed up", people)
    road.facilitator.open(road.staff(f"sessions/{session}")).form("form-groups").submit(
        ("act", "form-groups"), size=str(GROUP)
    )
    leading = road.staff(f"sessions/{session}/lead")
    road.facilitator.open(leading).form("start-session").submit(("act", "start"))
    by_person = {attendee.person.number: attendee for attendee in attendees}
    road.everybody(lambda person: come_in(road, by_person[person.number], session), "came in", people)
    lead_through(road, leading, by_person, number)
    finish(road, leading, number, len({attendee.board for attendee in attendees}))


def schedule(road: Road, number: int) -> str:
    begins = datetime.now(ZONE) + timedelta(minutes=5)
    form = road.facilitator.open(road.staff("sessions")).form("schedule-session")
    page = form.submit(
        round=str(number),
        title=f"Työpaja {number}",
        starts_at=f"{begins:%Y-%m-%dT%H:%M}",
        ends_at=f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        places=str(MOST_ATTENDEES),
    )
    return page.url.split("?")[0].rsplit("/", 1)[-1]


def can_sign_up(road: Road, person: Participant, session: str) -> bool:
    return bool(person.visitor.open(road.own("workshops")).forms(f"place-{session}"))


def sign_up(road: Road, person: Participant, session: str) -> None:
    person.visitor.open(road.own("workshops")).form(f"place-{session}").submit(("act", "sign-up"))


def come_in(road: Road, attendee: Attendee, session: str) -> None:
    page = attendee.person.visitor.open(road.own(f"workshops/{session}/board"))
    attendee.board = page.url.split("#")[0].split("?")[0]


def lead_through(road: Road, leading: str, attendees: dict[int, Attendee], number: int) -> None:
    """At each step people do what their board lets them do; then the facilitator moves everybody on."""
    people = [attendee.person for attendee in attendees.values()]
    while True:
        road.everybody(lambda person: take_part(attendees[person.number], number), "at work", people)
        unsigned = [person for person in people if attendees[person.number].may_sign]
        road.everybody(lambda person: sign_outcomes(attendees[person.number]), "signed", unsigned)
        form = road.facilitator.open(leading).form("move-everybody")
        buttons = form.node.xpath('.//button[@name="step"]/@value')
        if not buttons or form.fields.get("act") != "step":
            return
        form.submit(("step", buttons[0]))


def take_part(attendee: Attendee, number: int) -> None:
    if {"card", "mark", "outcome"} <= attendee.done:
        return
    page = attendee.person.visitor.open(attendee.board)
    if "card" not in attendee.done and page.forms("add-card"):
        add_card(attendee, page, number)
    elif "mark" not in attendee.done and (marks := forms_with(page, "mark")):
        marks[attendee.person.number % len(marks)].submit(("act", "mark"))
        attendee.done.add("mark")
    elif "outcome" not in attendee.done and page.forms("outcome-form"):
        write_outcome(attendee, page, number)


def add_card(attendee: Attendee, page: Page, number: int) -> None:
    """In one of the columns, pointing to one of the views behind the question."""
    forms = page.forms("add-card")
    form, place = forms[attendee.person.number % len(forms)], attendee.person.number
    views = [value for value in form.values("views") if value]
    told = {"views": views[place % len(views)]} if views else {}
    form.submit(("act", "add"), text=CARDS[number][place % len(CARDS[number])], **told)
    attendee.done.add("card")


def forms_with(page: Page, act: str) -> list[Form]:
    return [Form(page, node) for node in page.all(f'//form[.//button[@name="act" and @value="{act}"]]')]


def write_outcome(attendee: Attendee, page: Page, number: int) -> None:
    """The first of a group to find the form writes for all; the others find the outcome there."""
    attendee.done.add("outcome")
    if page.forms("sign") or page.forms("outcome-form")[0].fields.get("outcome"):
        return
    form = page.form("outcome-form")
    told = {"cards": form.values("cards")[:6]}
    if earlier := form.values("outcomes"):
        told["outcomes"] = earlier
    kinds = form.values("kind")
    form.submit(("act", "write"), kind=kinds[0], text=OUTCOMES[number], **told)


def sign_outcomes(attendee: Attendee) -> None:
    attendee.done.add("sign")
    for form in attendee.person.visitor.open(attendee.board).forms("sign"):
        if form.node.xpath('.//button[@value="sign"]'):
            form.submit(("act", "sign"))


def finish(road: Road, leading: str, number: int, groups: int) -> None:
    road.facilitator.open(leading).form("end-session").submit(("act", "end"))
    road.facilitator.open(road.staff("sessions")).form(f"end-round-{number}").submit()
    signed = road.facilitator.open(road.staff("outcomes")).all(SIGNED)
    road.report.add("groups", groups)
    road.report["outcomes"] = len(signed)
