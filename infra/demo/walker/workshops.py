"""Both workshop rounds: questions from the ranking, a session, mixed groups, cards, marks, outcomes that groups sign."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.demo.walker.cast import Participant
from infra.demo.walker.journey import Journey
from infra.demo.walker.visitor import Form, NotThereYet, Page, Refused
from shared.languages import ZONE

MOST_ATTENDEES, GROUP, LEAST_GROUPS = 84, 7, 4
CARDS = {
    1: (
        "Näemme tämän joka viikko, etenkin maanantaisin.",
        "Taustalla on, ettei yhdessä ole sovittu.",
        "Siitä seuraa turhaa odottelua ja päällekkäistä työtä.",
        "Uudet työntekijät eivät tiedä, miten meillä on tapana.",
        "Vi vet inte vem som bestämmer, och då låter vi bli.",
        "Tärkeintä on, että asia sanotaan ääneen.",
    ),
    2: (
        "Kokeillaan kuukausi yhdessä tiimissä ja katsotaan.",
        "Siihen tarvitaan esihenkilön tuki ja yksi vastuuhenkilö.",
        "Aloitetaan omasta tiimistä heti ensi viikolla.",
        "Vi skriver ned det på en sida som alla hittar.",
        "Sovitaan, milloin tarkistamme, toimiiko tämä.",
        "Kerrotaan muillekin tiimeille, mitä opimme.",
    ),
}
OUTCOMES = {
    1: (
        "Tärkeintä on sopia yhdessä ja sanoa ääneen, mitä kukin tarvitsee.",
        "Ongelma ei ole työkalu vaan se, ettei kukaan tiedä, mitä on sovittu.",
        "Kiire syntyy siitä, että kaikki varmistavat kaikkea. Luottamus säästää aikaa.",
        "Det som saknas är inte vilja utan en gemensam vana.",
        "Etänä ja paikalla olevat näkevät eri kokouksen. Molemmat on otettava mukaan.",
        "Jaksaminen näkyy ensin pienissä asioissa, ja ne kannattaa kysyä.",
    ),
    2: (
        "Jokaisessa kokouksessa yksi pitää huolen niistä, jotka ovat ruudun takana.",
        "Kirjoitetaan sovittu yhdelle sivulle ja katsotaan se läpi puolivuosittain.",
        "Varataan viikkoon yksi yhteinen kokoukseton aamupäivä ja kokeillaan sitä kuukausi.",
        "Vi turas om att bjuda in till en kort gemensam stund på morgonen.",
        "Sovitaan, mihin kanavaan mikäkin kuuluu ja kuinka nopeasti vastataan.",
        "Lounas ja keskittymisaika merkitään kalenteriin, eikä niiden päälle varata.",
    ),
}
SIGNED = '//article[starts-with(@id, "outcome-")][.//*[contains(@class, "good")]]'


@dataclass
class Attendee:
    """Somebody at a session: where their board is, and what they have done on it."""

    person: Participant
    board: str = ""
    writes: bool = False  # one a group writes the outcome down for all
    done: set[str] = field(default_factory=set)

    @property
    def may_sign(self) -> bool:
        return "outcome" in self.done and "sign" not in self.done


def table_questions(journey: Journey) -> None:
    """Each proposed question gets a wording and comes to the table; each theme's ranking arrives by itself."""
    ranked = len({place["theme"] for place in journey.report["ranking"]})
    proposed = lambda: len(themes_with_questions(journey.lead.open(journey.staff("questions")))) == ranked  # noqa: E731
    journey.eventually(proposed, "Not every theme's ranking became questions.")
    addresses = questions_on(journey.lead.open(journey.staff("questions")))
    for address in addresses:
        page = journey.lead.open(address)
        form = page.form("word-question")
        views = [node.text_content().strip() for node in page.all('//*[contains(@class, "voice")]')]
        wording = f"Mitä teemme tälle: {views[0][:300] if views else '?'}"
        names = [name for name in form.names if name.startswith("wording-")]
        form.submit(("act", "word-and-table"), **dict.fromkeys(names, wording))
    journey.report["questions"] = len(addresses)


def themes_with_questions(page: Page) -> list[str]:
    return page.all('//section[starts-with(@id, "theme-") and .//article[@data-state]]/@id')


def questions_on(page: Page) -> list[str]:
    return [link for link in page.links("/questions/") if len(link.rsplit("/", 1)[-1]) == 36]


def hold(journey: Journey, number: int) -> None:
    """One session for everybody who comes, step by step, until its round is over."""
    journey.eventually(
        lambda: journey.facilitator.open(journey.staff("sessions")).forms("schedule-session"), "No round."
    )
    session = schedule(journey, number)
    attendees = [Attendee(person) for person in journey.participants[:MOST_ATTENDEES]]
    people = [attendee.person for attendee in attendees]
    journey.eventually(lambda: can_sign_up(journey, people[0], session), "Nobody can sign up.")
    journey.everybody(lambda person: sign_up(journey, person, session), "signed up", people)
    form_groups(journey, session, len(people))
    leading = journey.staff(f"sessions/{session}/lead")
    journey.eventually(lambda: start(journey, leading), "The round never opened.")
    by_person = {attendee.person.number: attendee for attendee in attendees}
    journey.everybody(lambda person: come_in(journey, by_person[person.number], session), "came in", people)
    for attendee in {attendee.board: attendee for attendee in reversed(attendees)}.values():
        attendee.writes = True
    lead_through(journey, leading, by_person, number)
    finish(journey, leading, number, len({attendee.board for attendee in attendees}))


def start(journey: Journey, leading: str) -> Page:
    """Starts the session; a facilitator who is early is told so, and presses again."""
    try:
        return journey.facilitator.open(leading).form("start-session").submit(("act", "start"))
    except Refused as early:
        raise NotThereYet(str(early)) from early


def form_groups(journey: Journey, session: str, people: int) -> None:
    """Forms the groups with as many questions, taken from all over the table, so that every theme is worked on."""
    size = min(GROUP, max(2, people // LEAST_GROUPS))
    form = journey.facilitator.open(journey.staff(f"sessions/{session}")).form("form-groups")
    questions, groups = form.values("questions"), -(-people // size)
    step = max(1, len(questions) // groups)
    form.submit(("act", "form-groups"), size=str(size), questions=questions[::step][:groups])


def schedule(journey: Journey, number: int) -> str:
    begins = datetime.now(ZONE) + timedelta(minutes=5)
    form = journey.facilitator.open(journey.staff("sessions")).form("schedule-session")
    page = form.submit(
        round=str(number),
        title=f"Työpaja {number}",
        starts_at=f"{begins:%Y-%m-%dT%H:%M}",
        ends_at=f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        places=str(MOST_ATTENDEES),
    )
    return page.url.split("?")[0].rsplit("/", 1)[-1]


def can_sign_up(journey: Journey, person: Participant, session: str) -> bool:
    return bool(person.visitor.open(journey.own("workshops")).forms(f"place-{session}"))


def sign_up(journey: Journey, person: Participant, session: str) -> None:
    person.visitor.open(journey.own("workshops")).form(f"place-{session}").submit(("act", "sign-up"))


def come_in(journey: Journey, attendee: Attendee, session: str) -> None:
    page = attendee.person.visitor.open(journey.own(f"workshops/{session}/board"))
    if page.forms("come-in"):
        page = page.form("come-in").submit()
    attendee.board = page.url.split("#")[0].split("?")[0]


def lead_through(journey: Journey, leading: str, attendees: dict[int, Attendee], number: int) -> None:
    """At each step people do what their board lets them do; then the facilitator moves everybody on."""
    people = [attendee.person for attendee in attendees.values()]
    while True:
        journey.everybody(lambda person: take_part(attendees[person.number], number), "at work", people)
        unsigned = [person for person in people if attendees[person.number].may_sign]
        journey.everybody(lambda person: sign_outcomes(attendees[person.number]), "signed", unsigned)
        form = journey.facilitator.open(leading).form("move-everybody")
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
        attendee.done.add("outcome")
        if attendee.writes:
            write_outcome(attendee, page, number)


def add_card(attendee: Attendee, page: Page, number: int) -> None:
    """Adds a card to one of the columns, with one of the views behind the question."""
    forms = page.forms("add-card")
    form, place = forms[attendee.person.number % len(forms)], attendee.person.number
    views = [value for value in form.values("views") if value]
    fields = {"views": views[place % len(views)]} if views else {}
    form.submit(("act", "add"), text=CARDS[number][place % len(CARDS[number])], **fields)
    attendee.done.add("card")


def forms_with(page: Page, act: str) -> list[Form]:
    return [Form(page, node) for node in page.all(f'//form[.//button[@name="act" and @value="{act}"]]')]


def write_outcome(attendee: Attendee, page: Page, number: int) -> None:
    form, texts = page.form("outcome-form"), OUTCOMES[number]
    fields = {"cards": form.values("cards")[:6]}
    if earlier := form.values("outcomes"):
        fields["outcomes"] = earlier
    words = texts[int(attendee.board[-4:], 16) % len(texts)]
    form.submit(("act", "write"), kind=form.values("kind")[0], text=words, **fields)


def sign_outcomes(attendee: Attendee) -> None:
    attendee.done.add("sign")
    for form in attendee.person.visitor.open(attendee.board).forms("sign"):
        if form.node.xpath('.//button[@value="sign"]'):
            form.submit(("act", "sign"))


def finish(journey: Journey, leading: str, number: int, groups: int) -> None:
    journey.facilitator.open(leading).form("end-session").submit(("act", "end"))
    journey.facilitator.open(journey.staff("sessions")).form(f"end-round-{number}").submit()
    signed = journey.facilitator.open(journey.staff("outcomes")).all(SIGNED)
    journey.report.add("groups", groups)
    journey.report["outcomes"] = len(signed)
