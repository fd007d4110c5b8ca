"""Words for the steps, columns and outcomes of workshops: what they are called, what one does in a step, what to say in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.portal.menu import N_
from shared.contracts.api.workshop_boards import Card
from shared.contracts.api.workshop_outcomes import Outcome
from shared.languages import gettext

COLUMNS = {
    "observations": N_("What we see"),
    "causes": N_("Why it is so"),
    "consequences": N_("What follows from it"),
    "what_matters_most": N_("What matters most"),
    "ideas": N_("Ideas"),
    "what_it_takes": N_("What it takes"),
    "first_steps": N_("First steps"),
    "commitments": N_("What we promise"),
}
KINDS = {
    "insight": N_("Insight"),
    "solution": N_("Solution"),
    "commitment": N_("Commitment"),
    "principle": N_("Principle"),
}
WAYS = {
    "gathering": N_("Gathering"),
    "diverging": N_("Opening up"),
    "converging": N_("Closing in"),
}
STATES = {
    "coming": N_("Still to come"),
    "running": N_("On now"),
    "ended": N_("It is over"),
    "cancelled": N_("Called off"),
    "open": N_("Has opened"),
    "started": N_("Going on"),
    "proposed": N_("Proposed"),
    "tabled": N_("On the table"),
    "put_aside": N_("Put aside"),
    "joined": N_("Joined to another"),
}
CHANGES = {
    "proposed": N_("A seat proposed it"),
    "asked": N_("Staff brought it"),
    "worded": N_("It was worded"),
    "tabled": N_("It came to the table"),
    "put_aside": N_("It was put aside"),
    "taken_back": N_("It was taken back"),
    "source_added": N_("A view was added"),
    "source_removed": N_("A view was removed"),
    "joined": N_("Another question was joined to it"),
    "split": N_("Some views became a question of their own"),
    "split_off": N_("It was split off from another question"),
    "undone": N_("A change was undone"),
}


@dataclass(frozen=True)
class StepWords:
    """One step in words: its name, what the group does, what the facilitator says."""

    name: str
    task: str
    script: tuple[str, ...]


STEPS = {
    "arrive": StepWords(
        N_("Arriving"),
        N_("Say hello to each other. Read the question and the views behind it."),
        (
            N_("Welcome. Today we dig into questions that your colleagues' views raised. We look for no solutions yet."),
            N_("Please tell each other in one sentence where you work and what the question made you think of."),
            N_("The board does not show who writes which card. When the session ends, the key that tells it is destroyed."),
        ),
    ),
    "write_alone": StepWords(
        N_("Writing alone"),
        N_("Write what you have seen in your own work, one thing a card. Others' cards are hidden for now."),
        (
            N_("Now everybody writes alone and in silence: one observation a card, in your own words and language."),
            N_("You do not see others' cards yet. This way everybody's first thought gets onto the board."),
        ),
    ),
    "read_and_join": StepWords(
        N_("Reading and joining"),
        N_("Read all cards. Ask what you do not understand. Join cards that say the same."),
        (
            N_("All cards are open now. Take two minutes to read in silence before you talk."),
            N_("Join only what really says the same. A card that stands alone may be the one that matters."),
        ),
    ),
    "dig_deeper": StepWords(
        N_("Digging deeper"),
        N_("Ask why, and what follows. Write causes and consequences."),
        (
            N_("Choose the cards that puzzle you and ask: why is it so? And why is that? Write what you find."),
            N_("Then ask what follows from it: for you, for your team, for those you serve."),
            N_("If somebody has not spoken for a while, ask them first."),
        ),
    ),
    "mark_what_matters": StepWords(
        N_("Marking what matters"),
        N_("Everybody gives three marks to the cards that matter most."),
        (
            N_("Everybody has three marks. Give them to what matters most for the question, not to what is easiest."),
            N_("Mark first, talk then: look together at where the marks lie and where they do not."),
        ),
    ),
    "write_insights": StepWords(
        N_("Writing insights"),
        N_("Write together what you have understood, and tick the cards it rests on. Sign what you stand behind."),
        (
            N_("Write one to three insights: something that a colleague who was not here would understand and believe."),
            N_("Tick the cards that it rests on. Then everybody who stands behind it signs it."),
            N_("An outcome is signed off when more than half of the group has signed."),
        ),
    ),
    "share": StepWords(
        N_("Showing each other"),
        N_("Look at the other groups' boards. Finish and sign your own outcomes."),
        (
            N_("Now you can look at all groups' boards. What surprises you? What do several groups say?"),
            N_("Thank you. What you signed goes on to the workbook, and everybody can follow it there."),
        ),
    ),
    "return_to_insights": StepWords(
        N_("Returning to the insights"),
        N_("Read what the first round understood. It lies on top of your board."),
        (
            N_("Welcome back. On top of your board lies what the first round understood about this question."),
            N_("Read it in silence, then tell each other: which of these would you like to change by Monday?"),
        ),
    ),
    "ideas_alone": StepWords(
        N_("Ideas alone"),
        N_("Write ideas, one a card, also half-finished and odd ones. Others' cards are hidden for now."),
        (
            N_("Write as many ideas as you can, alone and in silence. Quantity first: we judge nothing yet."),
            N_("Small ideas that one team could try next week are as welcome as large ones."),
        ),
    ),
    "build_on_ideas": StepWords(
        N_("Building on ideas"),
        N_("Read all ideas. Build on each other's. Join those that belong together."),
        (
            N_("Read in silence first. Then build: say yes, and. Criticism has its own step later."),
            N_("Join ideas that belong together and write down what came of it."),
        ),
    ),
    "weigh": StepWords(
        N_("Weighing"),
        N_("Judge each idea by its effect and its effort, and give three marks to those worth trying."),
        (
            N_("Judge each idea on two scales: how much it would change, and how much it would take."),
            N_("Look at the picture under the board: large effect with small effort first, but keep one bold idea."),
        ),
    ),
    "what_it_takes": StepWords(
        N_("What it takes"),
        N_("For the chosen ideas, write what it takes and the first steps. Who does what, from when?"),
        (
            N_("Take the ideas with the most marks. What does each take: time, permission, tools, courage?"),
            N_("What is the very first step, small enough for next week? What do we ourselves promise?"),
        ),
    ),
    "write_solutions": StepWords(
        N_("Writing solutions"),
        N_("Write solutions and commitments, and tick what they rest on. Sign what you stand behind."),
        (
            N_("Write each solution so that another team could try it without asking you."),
            N_("A commitment says who does what from when. A principle says how we all want to work."),
            N_("Tick the cards and the first round's outcomes that it rests on. Then sign."),
        ),
    ),
}  # fmt: skip


def column_name(key: str) -> str:
    return gettext(COLUMNS[key])


def kind_name(key: str) -> str:
    return gettext(KINDS[key])


def way_name(key: str) -> str:
    return gettext(WAYS[key])


def state_name(key: str) -> str:
    return gettext(STATES[key])


def kinds_to_pick(kinds: list[str]) -> list[tuple[str, str]]:
    return [(kind, kind_name(kind)) for kind in kinds]


def texts_to_pick(things: Sequence[Card | Outcome]) -> list[tuple[UUID, str]]:
    return [(thing.id, thing.text) for thing in things]


def change_name(key: str) -> str:
    return gettext(CHANGES[key])


def step_name(key: str) -> str:
    return gettext(STEPS[key].name)


def step_task(key: str) -> str:
    return gettext(STEPS[key].task)


def step_script(key: str) -> list[str]:
    return [gettext(sentence) for sentence in STEPS[key].script]


def in_words(wording: dict[str, str], language: str) -> str:
    """A question's wording in the reader's language, or in the first that there is."""
    return wording.get(language) or next(iter(wording.values()), "")


def language_of(wording: dict[str, str], language: str) -> str:
    """The language that `in_words` found."""
    return language if wording.get(language) else next(iter(wording), language)


WORDS = {
    "column_name": column_name,
    "kind_name": kind_name,
    "kinds_to_pick": kinds_to_pick,
    "texts_to_pick": texts_to_pick,
    "way_name": way_name,
    "state_name": state_name,
    "change_name": change_name,
    "step_name": step_name,
    "step_task": step_task,
    "step_script": step_script,
    "in_words": in_words,
    "language_of": language_of,
}
