"""The two rounds as data: the columns of their boards, and the steps that the facilitator leads everybody through.

A round first opens (many observations, many ideas) and then closes (what matters, what we promise); the steps say
which acts a board takes meanwhile. Sam Kaner's name for the two halves is divergent and convergent thinking.
"""

from dataclasses import dataclass, field

CARDS = frozenset({"add", "edit", "move", "remove", "restore", "merge", "split"})
MARKS = frozenset({"mark", "unmark"})
WRITING = frozenset({"add", "edit", "remove", "restore"})
OUTCOMES = frozenset({"outcomes"})
ROUNDS = (1, 2)


@dataclass(frozen=True)
class Step:
    """A part of a session: what one may do on the board, and for how long it usually goes on."""

    key: str
    way: str  # gathering | diverging | converging
    minutes: int
    allows: frozenset[str] = frozenset()
    is_silent: bool = False  # everybody writes alone: others' cards are hidden meanwhile
    shows_all_groups: bool = False


@dataclass(frozen=True)
class RoundTemplate:
    """The template of a round: its steps, and on which columns."""

    number: int
    columns: tuple[str, ...]
    steps: tuple[Step, ...]
    outcome_kinds: tuple[str, ...]
    marks_each: int = 3
    step_keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "step_keys", tuple(step.key for step in self.steps))


DEEPENING = RoundTemplate(
    number=1,
    columns=("observations", "causes", "consequences", "what_matters_most"),
    steps=(
        Step("arrive", "gathering", 10),
        Step("write_alone", "diverging", 8, WRITING, is_silent=True),
        Step("read_and_join", "diverging", 12, CARDS),
        Step("dig_deeper", "diverging", 20, CARDS),
        Step("mark_what_matters", "converging", 8, CARDS | MARKS),
        Step("write_insights", "converging", 20, CARDS | MARKS | OUTCOMES),
        Step("share", "converging", 12, CARDS | MARKS | OUTCOMES, shows_all_groups=True),
    ),
    outcome_kinds=("insight", "principle"),
)
IDEATING = RoundTemplate(
    number=2,
    columns=("ideas", "what_it_takes", "first_steps", "commitments"),
    steps=(
        Step("return_to_insights", "gathering", 10),
        Step("ideas_alone", "diverging", 8, WRITING, is_silent=True),
        Step("build_on_ideas", "diverging", 15, CARDS),
        Step("weigh", "converging", 12, CARDS | MARKS | {"judge"}),
        Step("what_it_takes", "converging", 20, CARDS | MARKS | {"judge"}),
        Step("write_solutions", "converging", 20, CARDS | MARKS | OUTCOMES),
        Step("share", "converging", 12, CARDS | MARKS | OUTCOMES, shows_all_groups=True),
    ),
    outcome_kinds=("solution", "commitment", "principle", "insight"),
)
TEMPLATES = {template.number: template for template in (DEEPENING, IDEATING)}
KINDS = ("insight", "solution", "commitment", "principle")
