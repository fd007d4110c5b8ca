"""The beginning: the consultancy opens the client, its people sign in, both sides agree on the plan."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from infra.demo.installation import Installation
from infra.demo.walker.cast import Participant, claims, introduce, participants_for
from infra.demo.walker.figures import Figures
from infra.demo.walker.journey import Client, Road
from infra.demo.walker.pack import Pack
from infra.demo.walker.visitor import Page, Visitor
from shared.languages import ZONE

STAFF = {"henna": "lead", "jari": "facilitator", "eeva": "editor"}
COORDINATOR = "koordinaattori"
GROUPS = ("supervisor", "coordinator", "designer", "admin")  # our clients' directories call them as we do


def open_client(
    polku: Installation, pack: Pack, client: Client, report: Figures, say: Callable[[str], None]
) -> Road:
    """Everybody of the story, signed in through their own organisation."""
    road = Road(
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
    fill_in(road)
    confirm_the_way_in(road)
    let_colleagues_in(road)
    everybody_signs_in(road)
    return road


def staff_of(polku: Installation) -> dict[str, Visitor]:
    """The consultancy's people by their roles, signed in at the console."""
    staff = {role: Visitor(name) for name, role in STAFF.items()}
    for role, visitor in staff.items():
        visitor.sign_in(f"{polku.console}/", next(name for name in STAFF if STAFF[name] == role))
    return staff


def fill_in(road: Road) -> Page:
    """The screen that opens a client, with its way in and its first administrator."""
    form = road.lead.open(f"{road.polku.console}/clients/new").form("open-client")
    return form.submit(
        ("act", "open"),
        name=road.client.name,
        slug=road.client.slug,
        languages=list(road.client.languages),
        issuer=road.polku.sign_in,
        client_id=f"polku-{road.client.slug}",
        secret="not-secret-in-the-demonstration",
        domains=road.client.domain,
        **{f"group_{role}": role for role in GROUPS},
        colour=road.client.colour,
        admin_name="Koordinaattori",
        admin_email=f"{COORDINATOR}@{road.client.domain}",
        reason="Yhteinen muutos",
        ends_on=(date.today() + timedelta(days=365)).isoformat(),
    )


def confirm_the_way_in(road: Road) -> Page:
    """The first administrator follows the link in the mail and says that the way in is theirs."""
    address = f"{COORDINATOR}@{road.client.domain}"
    link = road.eventually(lambda: mailed_link(road, address), f"No link came to {address}.")
    return road.coordinator.open(link).form("confirm-way").submit()


def mailed_link(road: Road, address: str) -> str | None:
    """The link in the newest mail to this address that has one."""
    look = road.coordinator.open
    for letter in look(f"{road.polku.mailbox}/", params={"to": address}).links("/letters/"):
        for link in look(letter).links("/ways-in/"):
            return link
    return None


def let_colleagues_in(road: Road) -> None:
    """The lead's colleagues get access to the client's rooms, each for a reason and a time."""
    for name, role in STAFF.items():
        if role == "lead":
            continue
        form = road.lead.open(f"{road.polku.console}/clients/{road.client.slug}/access").form("grant")
        form.submit(staff_id=colleague(form, name), roles=role, reason="Yhteinen muutos", ends_on=a_year_on())


def colleague(form, name: str) -> str:
    options = form.node.xpath('.//select[@name="staff_id"]//option')
    return next(option.get("value") for option in options if name in option.text_content().lower())


def a_year_on() -> str:
    return (date.today() + timedelta(days=365)).isoformat()


def everybody_signs_in(road: Road) -> None:
    introduce(road.polku.sign_in, COORDINATOR, coordinators_claims(road))
    road.coordinator.sign_in(f"{road.site}/", COORDINATOR)
    road.everybody(lambda person: sign_in(road, person), "signed in")
    road.report["people"] = len(road.participants)


def coordinators_claims(road: Road) -> dict:
    return claims("Koordinaattori", COORDINATOR, road.client.domain, "fi", ["coordinator"])


def sign_in(road: Road, person: Participant) -> None:
    introduce(road.polku.sign_in, person.subject, person.claims(road.client.domain))
    person.visitor.sign_in(f"{road.site}/", person.subject)


def agree_on_the_plan(road: Road) -> None:
    """From the template: proposed by the consultancy, changed by the client, signed by both."""
    propose_the_plan(road)
    road.coordinator.open(road.desk("plan")).form("sign").submit()
    change_together(road)


def propose_the_plan(road: Road) -> None:
    rooms = f"{road.polku.console}/clients/{road.client.slug}"
    starts = datetime.now(ZONE).strftime("%Y-%m-%dT%H:%M")
    form = road.lead.open(f"{rooms}/runs/new").form("plan-run")
    page = form.submit(name=road.run_name, starts_at=starts, languages=list(road.client.languages))
    road.run_id = page.url.split("/runs/")[1].split("/")[0]
    page.form("propose-as-is").submit()


def change_together(road: Road) -> None:
    """The client proposes another day for the kickoff, and the consultancy signs it."""
    form = road.coordinator.open(road.desk("plan/change")).form("propose")
    closes = datetime.fromisoformat(form.fields["kickoff.closes_at"]) - timedelta(days=1)
    form.submit(**{"kickoff.closes_at": f"{closes:%Y-%m-%dT%H:%M}"}, why="Torstai sopii kaikille paremmin.")
    road.lead.open(road.staff("plan")).form("sign").submit()
