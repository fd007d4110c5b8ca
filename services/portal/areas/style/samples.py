"""Samples for the pieces of this page: an invented run, and words that nobody has said."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from services.portal import key_days
from services.portal.agreed_path import AgreedPath, Step, step_label
from services.portal.areas.kickoff.hall import WORDS as WORDS_OF_HALLS
from services.portal.areas.results import standings
from services.portal.areas.results.standings import PlaceShown, Row
from services.portal.areas.threads.thread import KnotShown, Text, ThreadShown
from services.portal.areas.workshops.words import WORDS as WORDS_OF_WORKSHOPS
from services.portal.forms.fields import Fields
from services.portal.forms.times import Doubt
from services.portal.menu import N_
from services.portal.offers import Offer
from shared.contracts.api.process import Answer, Change, Phase, Proposal, Run, WrittenPhase
from shared.contracts.api.survey import TextOfView
from shared.contracts.api.voting_results import Ranking
from shared.contracts.api.workshop_boards import Card
from shared.languages import _, gettext

NOON = datetime(2027, 3, 1, 10, tzinfo=UTC)
LONG = "Työsuojeluvaltuutettujenkokoontumisajankohtaluettelonpäivitystarve"
GROUPS = {
    "acts": N_("Acts and ways"),
    "fields": N_("Fields"),
    "surfaces": N_("Cards, notices, what is empty"),
    "path": N_("The path and the plan"),
    "words": N_("Words and texts"),
    "numbers": N_("Numbers and pictures of them"),
    "together": N_("What people do together"),
}
VIEWS = (
    ("fi", "Kokouksista pitäisi kolmasosa jättää pois ja sopia, mitä varten loput ovat."),
    ("sv", "Den som arbetar hemifrån får veta saker sist. Skriv ner besluten samma dag."),
    ("en", "Quiet hours in the mornings: nobody calls, nobody invites."),
    ("fi", LONG),
)


def samples() -> dict[str, Any]:
    """All that the templates of this page ask for, said in the reader's language."""
    halls = {name: word for name, word in WORDS_OF_HALLS.items() if name != "language_of"}
    return {
        "groups": {id: gettext(title) for id, title in GROUPS.items()},
        "merged": merged,
        "long": LONG,
        "views": VIEWS,
        "run_id": id_of(0),
        "theirs": theirs,
        "get_flashed_messages": flashed,
        "paths": paths(),
        "offers": offers(),
        "doubts": doubts(),
        "run": a_run(),
        "proposals": proposals(),
        "standings": standings,
        "ranking": Ranking(
            state="released", floor=20, voters=140, with_hearts=True, grouped_by="unit", themes=[]
        ),
        "places": places(),
        "threads": threads(),
        "key_days": [key_days.KeyDay(*each) for each in KEYS],
        "polls": polls(),
        "questions": questions(),
        "board": a_board(),
        "typed": Fields(),
        "passages": passages(),
        "kind_of_words": WORDS_OF_WORKSHOPS["language_of"],
        **WORDS_OF_WORKSHOPS,
        **halls,
        **key_days.WORDS,
    }


def id_of(number: int) -> UUID:
    return UUID(int=number)


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


def theirs(place: str) -> list[tuple[str, str]]:
    """Returns what somebody else has written meanwhile, into the one field that is shown so."""
    return [(place, VIEWS[2][1])] if place == "edited" else []


def flashed(with_categories: bool = True) -> list[tuple[str, str]]:
    return [
        ("message", _("You are looking at the plan of your organisation.")),
        ("good", _("Your view has been handed over.")),
        ("wait", _("This was done already, and counts once.")),
        ("stop", _("You have used all your votes. Take one back to move it.")),
    ]


# the path and what there is to do


def paths() -> dict[str, AgreedPath]:
    names = ("planning", "kickoff", "views", "workshops", "workbook", "in_use")
    shown = ("done", "skipped", "current", "coming", "coming", "coming")
    steps = tuple(
        Step(step_label(name), state, "#path" if state == "done" else None)
        for name, state in zip(names, shown, strict=True)
    )
    ended = tuple(Step(step.label, "done") for step in steps)
    return {
        _("Under way, one step left out"): AgreedPath(steps, _("Now: views, until 12 March"), "#path"),
        _("At its end"): AgreedPath(ended, _("The agreed path has been walked.")),
        _("With long words"): AgreedPath((steps[0], Step(LONG, "current"), steps[3]), LONG),
    }


def offers() -> list[Offer]:
    return [
        Offer(
            _("Read and prioritise"),
            _("Colleagues' views wait for a reader."),
            "#offer",
            _("Go on reading"),
            minutes=5,
            closes_at=days(10),
            done=8,
            goal=20,
        ),
        Offer(_("Give views"), _("A few words are enough."), "#offer", _("Write"), minutes=10),
        Offer(_("Read and prioritise"), "", "#offer", _("Look at my answers"), done=20, goal=20),
    ]


def doubts() -> list[Doubt]:
    sentence = _("This time has passed.")
    two = [("2027-10-31T03:30+03:00", "3.30 (+3)"), ("2027-10-31T03:30+02:00", "3.30 (+2)")]
    return [
        Doubt(sentence),
        Doubt(sentence, [("2027-03-01T12:00", _("Yes, this very time"))]),
        Doubt(sentence, two),
    ]


# the plan


def a_run() -> Run:
    spoken = (("planning", "done"), ("kickoff", "skipped"), ("views", "current"), ("priorities", "coming"))
    return Run(
        id=id_of(0),
        name=_("Working in two places"),
        template="",
        languages=["fi", "sv", "en"],
        version=2,
        activities=["give_views"],
        completed_at=None,
        phases=[phase(nr, key, state) for nr, (key, state) in enumerate(spoken)],
    )


def phase(nr: int, key: str, state: Any) -> Phase:
    begun, over = state in ("done", "current"), state == "done"
    return Phase(
        id=id_of(nr),
        key=key,
        step=key,
        state=state,
        activities=["give_views"],
        settings={},
        goal=None,
        goal_reached_at=None,
        opens_by="date",
        opens_at=days(7 * nr),
        closes_at=days(7 * nr + 6),
        opened_at=days(7 * nr) if begun else None,
        closed_at=days(7 * nr + 8) if over else None,
    )


def proposals() -> list[Proposal]:
    signed = Answer(party="client", accepts=True, answered_by=id_of(1), answered_at=days(2), reason="")
    refused = Answer(
        party="consultancy", accepts=False, answered_by=id_of(2), answered_at=days(3), reason=_("Too soon.")
    )
    later = Change(phase="views", what="closes_at", was=days(13).isoformat(), becomes=days(20).isoformat())
    new = Change(phase="priorities", what="opens_by", was=None, becomes="hand")
    return [
        proposal(3, "waiting", [signed], "consultancy", [later, new]),
        proposal(2, "declined", [signed, refused], None, [later]),
        proposal(1, "agreed", [signed], None, []),
    ]


def proposal(
    version: int, state: Any, answers: list[Answer], waits: str | None, changes: list[Change]
) -> Proposal:
    written = WrittenPhase(
        key="views", opens_at=NOON.isoformat(), closes_at=days(6).isoformat(), opens_by="date", activities=[]
    )
    return Proposal(
        id=id_of(version),
        version=version,
        state=state,
        waits_for=waits,
        proposed_by="client",
        proposed_at=days(version),
        why=_("The holidays are in between."),
        changes=changes,
        phases=[written],
        answers=answers,
    )


# what was said and what became of it


KEYS = (
    ("survey", days(40).date(), False),
    ("voting", days(-400).date(), True),
    ("workshop", None, False),
)


def words(nr: int) -> TextOfView:
    language, text = VIEWS[nr]
    return TextOfView(text=text, language=language, theme_id=id_of(0), status="shared")


def places() -> list[PlaceShown]:
    rows = [Row("Hallinto", False, 0.8, 0.2), Row("Viestintä", True)]
    return [
        place(0, agree=0.82, read=20, rows=rows, proposed=True),
        place(1, agree=0.5, read=10, rows=[], proposed=False),
        place(3, agree=0.0, read=0, rows=[], proposed=False),
    ]


def place(nr: int, agree: float, read: int, rows: list[Row], proposed: bool) -> PlaceShown:
    return PlaceShown(
        view_id=id_of(nr),
        position=nr,
        place=nr + 1,
        place_best=1,
        place_worst=nr + 1,
        percentile=50,
        priority=agree,
        agree=agree,
        agree_low=max(0.0, agree - 0.1),
        agree_high=min(1.0, agree + 0.1),
        heart=0.2,
        answers=read,
        agrees=round(read * agree),
        passes=0,
        disagrees=round(read * (1 - agree)),
        hearts=5 if proposed else 0,
        read_enough=read >= 20,
        proposed=proposed,
        groups=[],
        words=words(nr),
        rows=rows,
    )


def threads() -> list[ThreadShown | None]:
    view, question = knot(1, "view", 0), knot(2, "question", 2)
    taken_back = KnotShown(
        id=id_of(3),
        kind="view",
        detail=None,
        stands=False,
        readings=None,
        number=None,
        teams=None,
        words=None,
    )
    kinds: dict[str, list[KnotShown]] = {
        "view": [view, taken_back],
        "question": [question],
        "outcome": [],
        "passage": [],
    }
    return [ThreadShown(view, kinds), None]


def knot(nr: int, kind: str, about: int) -> KnotShown:
    language, text = VIEWS[about]
    said = Text(text, language)
    return KnotShown(
        id=id_of(nr), kind=kind, detail=None, stands=True, readings=35, number=None, teams=7, words=said
    )


# events


def polls() -> dict[str, dict[str, Any]]:
    ends = [
        {"fi": "ei lainkaan", "sv": "inte alls", "en": "not at all"},
        {"fi": "täysin", "sv": "helt", "en": "fully"},
    ]
    usual = {
        "id": id_of(5),
        "words": {},
        "steps": 5,
        "state": "open",
        "is_revealed": True,
        "answers": 40,
        "withheld": False,
    }
    scale = usual | {"kind": "scale", "options": ends, "bars": bars((5, 10, 0, 20, 5))}
    choice = usual | {"kind": "choice", "options": [*ends, {"fi": LONG}], "bars": bars((25, 15, 0), first=0)}
    cloud = [{"word": "rauha", "count": 20}, {"word": "tid", "count": 10}, {"word": "trust", "count": 5}]
    return {
        _("A scale"): scale,
        _("One choice"): choice,
        _("A few words"): usual | {"kind": "words", "options": [], "cloud": cloud, "state": "closed"},
        _("Fewer than five answers"): scale | {"withheld": True, "answers": 0},
    }


def bars(counts: Iterable[int], first: int = 1) -> list[dict[str, int]]:
    return [{"value": value, "count": count} for value, count in enumerate(counts, first)]


def questions() -> list[dict[str, Any]]:
    states = (("shown", ""), ("shown", ""), ("answered", _("Yes, from autumn on.")))
    return [
        {
            "id": id_of(nr),
            "words": VIEWS[nr][1],
            "language": VIEWS[nr][0],
            "state": state,
            "reply": reply,
            "upvotes": 12 - nr,
        }
        for nr, (state, reply) in enumerate(states)
    ]


# workshops


def a_board() -> dict[str, Any]:
    cards = [
        card(1, 0, marks=3, is_mine=True),
        card(2, 1, joined=[card(4, 2)], views=["card-1"]),
        card(3, 3, judged=2),
    ]
    outcome = {
        "id": "outcome-6",
        "kind": "solution",
        "text": VIEWS[1][1],
        "language": "sv",
        "cards": ["card-1"],
        "outcomes": [],
        "wording": 1,
    }
    waiting = outcome | {
        "signed_off_on": None,
        "sign_offs": ["card-1"],
        "needed": 2,
        "is_signed_by_me": False,
    }
    signed = waiting | {"id": "outcome-7", "signed_off_on": days(1), "text": VIEWS[0][1], "language": "fi"}
    return {
        "mine": {"marks_left": 2},
        "columns": [{"key": "ideas", "cards": cards}],
        "outcome_kinds": ["solution", "commitment"],
        "outcomes": [waiting, signed],
        "brought": [],
    }


def merged(thing: Any, more: dict[str, Any]) -> Any:
    return replace(thing, **more) if isinstance(thing, Struct) else thing | more


def card(nr: int, about: int, **known: Any) -> Card:
    language, text = VIEWS[about]
    usual: dict[str, Any] = {
        "joined": [],
        "views": [],
        "marks": 0,
        "is_mine": False,
        "is_marked": False,
        "judged": 0,
        "my_judgement": None,
    }
    usual |= {"id": f"card-{nr}", "text": text, "language": language, "effect": 4, "effort": 2}
    return Card(**usual | known)


# the workbook


def passages() -> list[dict[str, Any]]:
    flow = [
        {"kind": "text", "lines": [VIEWS[0][1], VIEWS[3][1]]},
        {"kind": "list", "lines": [VIEWS[0][1], VIEWS[3][1]]},
    ]
    usual = {
        "language": "fi",
        "level": 2,
        "flow": flow,
        "attribution": "",
        "first_step": "",
        "image": None,
        "caption": "",
    }
    rows = [
        {
            "label": "Rauha",
            "value": 80,
            "low": 70,
            "high": 90,
            "spoken_value": "80 %",
            "spoken_interval": "70–90 %",
        },
        {
            "label": LONG,
            "value": 20,
            "low": None,
            "high": None,
            "spoken_value": "20 %",
            "spoken_interval": "",
        },
    ]
    extra: dict[str, dict[str, Any]] = {
        "section": {},
        "text": {},
        "staff_voice": {"attribution": _("A colleague")},
        "experience": {"attribution": _("A colleague")},
        "tip": {},
        "principle": {},
        "idea_card": {"first_step": VIEWS[0][1]},
        "reflection": {"questions": [VIEWS[0][1]]},
        "figure": {"rows": rows},
    }
    return [
        usual
        | {"kind": kind, "id": id_of(nr), "label": kind_label(kind), "title": _("Working in two places")}
        | more
        for nr, (kind, more) in enumerate(extra.items())
    ]


def kind_label(kind: str) -> str:
    known = {"tip": _("Tip"), "principle": _("Principle"), "idea_card": _("Idea card")}
    return known.get(kind, "")
