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
from infra.demo.walker.journey import Client, Journey
from infra.demo.walker.pack import Pack, read_pack
from infra.demo.walker.visitor import Visitor

WORDS = Path(__file__).parent / "words"
AVI = Client("avi", ORGANISATIONS["avi"], ("fi", "sv"), "#1d4a43")
SKARGARD = Client("skargard", ORGANISATIONS["skargard"], ("sv", "fi"), "#2f5d8c")
COORDINATORS = {"avi": "tuula", "skargard": "gunilla"}


def demonstrate(polku: Installation, say: Callable[[str], None]) -> None:
    """Both clients at the same time: while one waits for its events, the other has something to do."""
    words = read_pack(WORDS)
    journeys = [opened(polku, client, opening.staff_of(polku), words) for client in (AVI, SKARGARD)]
    with ThreadPoolExecutor(len(journeys)) as both:
        list(
            both.map(lambda journey: walk_along(journey, words, say), journeys)
        )  # raises what one of them met


def walk_along(journey: Journey, words: Pack, say: Callable[[str], None]) -> None:
    runs = RUNS[journey.client.slug]
    for place, (name, walk) in enumerate(runs):
        say(f"  {journey.client.name}: {name}")
        journey.run_name, journey.pack = name, words.part(place, len(runs), numbers(journey))
        walk(journey)


def numbers(journey: Journey) -> list[int]:
    return [person.number for person in journey.participants]


def opened(polku: Installation, client: Client, staff: dict, words: Pack) -> Journey:
    """The client, its colleagues of the consultancy, and everybody signed in once."""
    journey = Journey(
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
    opening.fill_in(journey)
    opening.confirm_the_way_in(journey)
    opening.let_colleagues_in(journey)
    named = {persona.subject for persona in PERSONAS}
    journey.coordinator.sign_in(f"{journey.site}/", COORDINATORS[client.slug])
    for person in journey.participants:
        if person.subject not in named:
            introduce(polku.sign_in, person.subject, person.claims(client.domain))
    journey.everybody(lambda person: person.visitor.sign_in(f"{journey.site}/", person.subject), "signed in")
    return journey


def planning(journey: Journey) -> None:
    """The consultancy has proposed; the client's signature is awaited."""
    opening.propose_the_plan(journey)


def agreed(journey: Journey) -> None:
    opening.agree_on_the_plan(journey)
    journey.move_on_to("kickoff")
    kickoff.hold(journey, "kickoff")


def collecting(journey: Journey) -> None:
    """Views come in; some wait for a moderator, the last few for others'."""
    agreed(journey)
    journey.move_on_to("views")
    views.give_views(journey)
    views.some_have_left(journey)


def with_views(journey: Journey) -> None:
    collecting(journey)
    views.moderate(journey)


def prioritising(journey: Journey) -> None:
    """Half of the people have read, the personas among the others: there is something left to do."""
    with_views(journey)
    journey.move_on_to("priorities")
    views.moderate_the_rest(journey)
    everybody, journey.participants = (
        journey.participants,
        journey.participants[len(journey.participants) // 2 :],
    )
    priorities.vote(journey)
    journey.participants = everybody


def with_questions(journey: Journey) -> None:
    with_views(journey)
    journey.move_on_to("priorities")
    views.moderate_the_rest(journey)
    from_votes_to_questions(journey)


def from_votes_to_questions(journey: Journey) -> None:
    priorities.vote(journey)
    journey.move_on_to("deepen")
    priorities.release(journey)
    workshops.table_questions(journey)


def between_workshops(journey: Journey) -> None:
    """The first round is over, the second has a session to sign up for."""
    with_questions(journey)
    workshops.hold(journey, 1)
    journey.move_on_to("ideate")
    journey.eventually(
        lambda: journey.facilitator.open(journey.staff("sessions")).forms("schedule-session"), "No round."
    )
    workshops.schedule(journey, 2)


def launched(journey: Journey) -> None:
    """The whole journey; a team has agreed on its ground rules."""
    with_questions(journey)
    from_workshops_to_ground_rules(journey)


def from_workshops_to_ground_rules(journey: Journey) -> None:
    workshops.hold(journey, 1)
    journey.move_on_to("ideate")
    workshops.hold(journey, 2)
    journey.move_on_to("workbook")
    workbook.write(journey)
    workbook.clear(journey)
    workbook.approve(journey)
    journey.move_on_to("launch")
    workbook.freeze_and_launch(journey)
    journey.move_on_to("aftercare")
    ground_rules.agree(journey)


Walk = Callable[[Journey], None]
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
