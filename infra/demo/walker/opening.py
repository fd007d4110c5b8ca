"""The beginning: the consultancy opens the client, its people sign in, both sides agree on the plan."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from infra.demo.installation import Installation
from infra.demo.walker.cast import Participant, claims, introduce, participants_for
from infra.demo.walker.figures import Figures
from infra.demo.walker.journey import Client, Journey
from infra.demo.walker.pack import Pack
from infra.demo.walker.visitor import Page, Visitor
from shared.languages import ZONE

STAFF = {"henna": "lead", "jari": "facilitator", "eeva": "editor"}
COORDINATOR = "koordinaattori"
GROUPS = ("supervisor", "coordinator", "designer", "admin")  # our clients' directories call them as we do


def open_client(
    polku: Installation, pack: Pack, client: Client, report: Figures, say: Callable[[str], None]
) -> Journey:
    """Everybody of the story, signed in through their own organisation."""
    journey = Journey(
        polku=polku,
        pack=pack,
        client=client,
        report=report,
        say=say,
        coordinator=Visitor(COORDINATOR),
        participants=participants_for(pack.people, {}),
        run_name=f"Yhteinen hybridityö: {pack.name}",
        **staff_of(polku),  # type: ignore[arg-type]  # lead, facilitator and editor
    )
    fill_in(journey)
    confirm_the_way_in(journey)
    let_colleagues_in(journey)
    everybody_signs_in(journey)
    return journey


def staff_of(polku: Installation) -> dict[str, Visitor]:
    """The consultancy's people by their roles, signed in at the console."""
    staff = {role: Visitor(name) for name, role in STAFF.items()}
    for role, visitor in staff.items():
        visitor.sign_in(f"{polku.console}/", next(name for name in STAFF if STAFF[name] == role))
    return staff


def fill_in(journey: Journey) -> Page:
    """The screen that opens a client, with its way in and its first administrator."""
    form = journey.lead.open(f"{journey.polku.console}/clients/new").form("open-client")
    return form.submit(
        ("act", "open"),
        name=journey.client.name,
        slug=journey.client.slug,
        languages=list(journey.client.languages),
        issuer=journey.polku.sign_in,
        client_id=f"polku-{journey.client.slug}",
        secret="not-secret-in-the-demonstration",
        domains=journey.client.domain,
        **{f"group_{role}": role for role in GROUPS},
        colour=journey.client.colour,
        admin_name="Koordinaattori",
        admin_email=f"{COORDINATOR}@{journey.client.domain}",
        reason="Yhteinen muutos",
        ends_on=(date.today() + timedelta(days=365)).isoformat(),
    )


def confirm_the_way_in(journey: Journey) -> Page:
    """The first administrator follows the link in the mail and says that the way in is theirs."""
    address = f"{COORDINATOR}@{journey.client.domain}"
    link = journey.eventually(lambda: mailed_link(journey, address), f"No link came to {address}.")
    return journey.coordinator.open(link).form("confirm-way").submit()


def mailed_link(journey: Journey, address: str) -> str | None:
    """The link in the newest mail to this address that has one."""
    look = journey.coordinator.open
    for mail in look(f"{journey.polku.mailbox}/", params={"to": address}).links("/letters/"):
        for link in look(mail).links("/ways-in/"):
            return link
    return None


def let_colleagues_in(journey: Journey) -> None:
    """The lead's colleagues get access to the client's rooms, each for a reason and a time."""
    for name, role in STAFF.items():
        if role == "lead":
            continue
        form = journey.lead.open(f"{journey.polku.console}/clients/{journey.client.slug}/access").form(
            "grant"
        )
        form.submit(staff_id=colleague(form, name), roles=role, reason="Yhteinen muutos", ends_on=a_year_on())


def colleague(form, name: str) -> str:
    options = form.node.xpath('.//select[@name="staff_id"]//option')
    return next(option.get("value") for option in options if name in option.text_content().lower())


def a_year_on() -> str:
    return (date.today() + timedelta(days=365)).isoformat()


def everybody_signs_in(journey: Journey) -> None:
    introduce(journey.polku.sign_in, COORDINATOR, coordinators_claims(journey))
    journey.coordinator.sign_in(f"{journey.site}/", COORDINATOR)
    journey.everybody(lambda person: sign_in(journey, person), "signed in")
    journey.report["people"] = len(journey.participants)


def coordinators_claims(journey: Journey) -> dict:
    return claims("Koordinaattori", COORDINATOR, journey.client.domain, "fi", ["coordinator"])


def sign_in(journey: Journey, person: Participant) -> None:
    introduce(journey.polku.sign_in, person.subject, person.claims(journey.client.domain))
    person.visitor.sign_in(f"{journey.site}/", person.subject)


def agree_on_the_plan(journey: Journey) -> None:
    """From the template: proposed by the consultancy, changed by the client, signed by both."""
    propose_the_plan(journey)
    journey.coordinator.open(journey.desk("plan")).form("sign").submit()
    change_together(journey)


def propose_the_plan(journey: Journey) -> None:
    rooms = f"{journey.polku.console}/clients/{journey.client.slug}"
    starts = datetime.now(ZONE).strftime("%Y-%m-%dT%H:%M")
    form = journey.lead.open(f"{rooms}/runs/new").form("plan-run")
    page = form.submit(name=journey.run_name, starts_at=starts, languages=list(journey.client.languages))
    journey.run_id = page.url.split("/runs/")[1].split("/")[0]
    page.form("propose-as-is").submit()


def change_together(journey: Journey) -> None:
    """The client proposes another day for the kickoff, and the consultancy signs it."""
    form = journey.coordinator.open(journey.desk("plan/change")).form("propose")
    closes = datetime.fromisoformat(form.fields["kickoff.closes_at"]) - timedelta(days=1)
    form.submit(**{"kickoff.closes_at": f"{closes:%Y-%m-%dT%H:%M}"}, why="Torstai sopii kaikille paremmin.")
    journey.lead.open(journey.staff("plan")).form("sign").submit()
