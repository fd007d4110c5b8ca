"""The demonstration's runs, each walked as far as its state: planning, collecting, prioritising, between workshops,
launched."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.demo.installation import Installation
from infra.demo.people import everybody_of
from infra.demo.personas import ORGANISATIONS, PERSONAS
from infra.demo.walker import ground_rules, kickoff, opening, priorities, views, workbook, workshops
from infra.demo.walker.cast import introduce
from infra.demo.walker.figures import Figures
from infra.demo.walker.journey import Client, Road
from infra.demo.walker.pack import Pack, read_pack
from infra.demo.walker.visitor import Visitor

WORDS = Path(__file__).parent / "words"
AVI = Client("avi", ORGANISATIONS["avi"], ("fi", "sv"), "#1d4a43")
SKARGARD = Client("skargard", ORGANISATIONS["skargard"], ("sv", "fi"), "#2f5d8c")
COORDINATORS = {"avi": "tuula", "skargard": "gunilla"}


def demonstrate(polku: Installation, say: Callable[[str], None]) -> None:
    """Both clients at the same time: while one waits for its events, the other has something to do."""
    words = read_pack(WORDS)
    roads = [opened(polku, client, opening.staff_of(polku), words) for client in (AVI, SKARGARD)]
    with ThreadPoolExecutor(len(roads)) as both:
        list(both.map(lambda road: walk_along(road, words, say), roads))  # raises what one of them met


def walk_along(road: Road, words: Pack, say: Callable[[str], None]) -> None:
    runs = RUNS[road.client.slug]
    for place, (name, walk) in enumerate(runs):
        say(f"  {road.client.name}: {name}")
        road.run_name, road.pack = name, words.part(place, len(runs), numbers(road))
        walk(road)


def numbers(road: Road) -> list[int]:
    return [person.number for person in road.participants]


def opened(polku: Installation, client: Client, staff: dict, words: Pack) -> Road:
    """The client, its colleagues of the consultancy, and everybody signed in once."""
    road = Road(
        polku=polku,
        pack=words,
        client=client,
        report=Figures(),
        say=lambda sentence: None,
        coordinator=Visitor(COORDINATORS[client.slug]),
        participants=everybody_of(client.slug),
        run_name="",
        **staff,
    )
    opening.fill_in(road)
    opening.confirm_the_way_in(road)
    opening.let_colleagues_in(road)
    named = {persona.subject for persona in PERSONAS}
    road.coordinator.sign_in(f"{road.site}/", COORDINATORS[client.slug])
    for person in road.participants:
        if person.subject not in named:
            introduce(polku.sign_in, person.subject, person.claims(client.domain))
    road.everybody(lambda person: person.visitor.sign_in(f"{road.site}/", person.subject), "signed in")
    return road


def planning(road: Road) -> None:
    """The consultancy has proposed; the client's signature is awaited."""
    opening.propose_the_plan(road)


def agreed(road: Road) -> None:
    opening.agree_on_the_plan(road)
    road.move_on_to("kickoff")
    kickoff.hold(road, "kickoff")


def collecting(road: Road) -> None:
    """Views come in; some wait for a moderator, the last few for others'."""
    agreed(road)
    road.move_on_to("views")
    views.give_views(road)
    views.some_have_left(road)


def with_views(road: Road) -> None:
    collecting(road)
    views.moderate(road)


def prioritising(road: Road) -> None:
    """Half of the people have read, the personas among the others: there is something left to do."""
    with_views(road)
    road.move_on_to("priorities")
    views.moderate_the_rest(road)
    everybody, road.participants = road.participants, road.participants[len(road.participants) // 2 :]
    priorities.vote(road)
    road.participants = everybody


def with_questions(road: Road) -> None:
    with_views(road)
    road.move_on_to("priorities")
    views.moderate_the_rest(road)
    priorities.vote(road)
    road.move_on_to("deepen")
    priorities.release(road)
    workshops.table_questions(road)


def between_workshops(road: Road) -> None:
    """The first round is over, the second has a session to sign up for."""
    with_questions(road)
    workshops.hold(road, 1)
    road.move_on_to("ideate")
    road.eventually(
        lambda: road.facilitator.open(road.staff("sessions")).forms("schedule-session"), "No round."
    )
    workshops.schedule(road, 2)


def launched(road: Road) -> None:
    """The whole road; a team has agreed on its ground rules."""
    with_questions(road)
    workshops.hold(road, 1)
    road.move_on_to("ideate")
    workshops.hold(road, 2)
    road.move_on_to("workbook")
    workbook.write(road)
    workbook.clear(road)
    workbook.approve(road)
    road.move_on_to("launch")
    workbook.freeze_and_launch(road)
    road.move_on_to("aftercare")
    ground_rules.agree(road)


Walk = Callable[[Road], None]
RUNS: dict[str, tuple[tuple[str, Walk], ...]] = {
    AVI.slug: (
        ("Hybridityö 2026", launched),
        ("Työkulttuuri 2027", prioritising),
    ),
    SKARGARD.slug: (
        ("Hybridarbete", between_workshops),
        ("Möten som fungerar", collecting),
        ("Nästa steg tillsammans", planning),
    ),
}
