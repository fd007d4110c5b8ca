"""How a session and its boards look: to one person, to all who follow, and on paper."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import convert
from msgspec.structs import asdict
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop import outcomes
from services.workshop.models import Board, Group, Outcome, Place, Question, Workshop
from services.workshop.models.keyed import Hand
from services.workshop.models.place import Person
from services.workshop.rounds import Step
from shared.contracts.api import workshop_boards, workshop_facilitation, workshop_outcomes, workshop_sessions
from shared.database import find

Shown = dict[str, Any]
OF_THE_OUTCOME = (
    "id",
    "run_id",
    "theme_id",
    "question_id",
    "board_id",
    "round",
    "kind",
    "text",
    "language",
    "written_on",
    "signed_off_on",
    "derived_from",
    "cards",
    "outcomes",
    "wording",
    "needed",
)


def session_for(workshop: Workshop, mine: Place | None) -> workshop_sessions.Session:
    """A session on the list, with the caller's own place if there is one."""
    return convert(_session(workshop, mine), workshop_sessions.Session)


def overview_for(workshop: Workshop, mine: Place | None, session: Session) -> workshop_facilitation.Overview:
    """A session with all its groups, and with what everybody at it shares."""
    shown = _session(workshop, mine) | _of_session(workshop) | {"groups": _groups_to_lead(workshop, session)}
    return convert(shown, workshop_facilitation.Overview)


def board_for(board: Board, who: UUID | None, session: Session) -> workshop_boards.Board:
    """A board as one person sees it; staff, who are nobody's group member, see it without marks of their own."""
    return convert(_board(board, who, session), workshop_boards.Board)


def board_for_all(board: Board) -> workshop_boards.Followed:
    """Returns what the live stream tells everybody at a board: that something changed, and what they share. No words."""
    return convert(_of_board(board), workshop_boards.Followed)


def session_for_all(workshop: Workshop) -> workshop_boards.Followed:
    """Returns what the live stream tells those who look over all groups."""
    return convert(_of_session(workshop), workshop_boards.Followed)


def outcome_for(outcome: Outcome, hand: Hand | None = None) -> workshop_outcomes.Outcome:
    return convert(_outcome(outcome, hand), workshop_outcomes.Outcome)


def minutes_of(workshop: Workshop, session: Session) -> workshop_boards.Minutes:
    """The record of a session: who is nobody's business, what was said is."""
    shown = _session(workshop, None) | {"started_at": workshop.started_at, "ended_at": workshop.ended_at}
    shown |= {"attended": workshop.attended}
    boards = [(group, board) for group in workshop.groups for board in group.boards]
    shown |= {"boards": [_board_on_paper(group, board, session) for group, board in boards]}
    return convert(shown, workshop_boards.Minutes)


def _session(workshop: Workshop, mine: Place | None) -> Shown:
    shown = {
        "id": workshop.id,
        "run_id": workshop.run_id,
        "round": workshop.round,
        "title": workshop.title,
        "starts_at": workshop.starts_at,
        "ends_at": workshop.ends_at,
        "places": workshop.places,
        "places_left": workshop.places_left,
        "waiting": workshop.waiting,
        "link": workshop.link,
        "facilitator": workshop.facilitator,
        "state": workshop.state,
        "moved_at": workshop.moved_at,
        "notes": workshop.notes,
    }
    return shown | {"mine": _own_place(workshop, mine) if mine else None}


def _own_place(workshop: Workshop, mine: Place) -> Shown:
    group = next((group for group in workshop.groups if group.id == mine.group_id), None)
    return {
        "is_waiting": mine.is_waiting,
        "number_in_line": workshop.number_in_line(mine),
        "group": group.number if group else None,
        "groups_are_formed": bool(workshop.groups),
        "board_id": group.board_id if group else None,
        "has_attended": mine.has_attended,
        "moved_up": workshop.person_at(mine).moved_up > 0,
    }


def _going_on(workshop: Workshop) -> Shown:
    """Returns what all at a session share: the step, the timer on server time, the last word to all."""
    return {
        "workshop_id": workshop.id,
        "round": workshop.round,
        "state": workshop.state,
        "step": _step(workshop.step, workshop.step_number),
        "steps": [_step(step, number) for number, step in enumerate(workshop.template.steps)],
        "visit": workshop.visit,
        "timer_ends_at": workshop.timer_ends_at,
        "now": datetime.now(UTC),
        "broadcast": workshop.broadcast,
        "broadcast_at": workshop.broadcast_at,
    }


def _step(step: Step, number: int) -> Shown:
    return {
        "key": step.key,
        "number": number,
        "way": step.way,
        "minutes": step.minutes,
        "is_silent": step.is_silent,
        "shows_all_groups": step.shows_all_groups,
        "allows": sorted(step.allows),
    }


def _group_at_a_glance(group: Group, workshop: Workshop) -> Shown:
    board = group.board
    return {
        "number": group.number,
        "board_id": group.board_id,
        "people": group.people,
        "here": len(group.here),
        "ready": len(group.ready(workshop.visit)),
        "asks_for_help": group.asks_for_help,
        "cards": len(board.standing) if board else 0,
        "changed_at": group.seen_at,
    }


def _of_board(board: Board) -> Shown:
    workshop = board.workshop
    return (
        {"version": board.version, "counter": board.counter}
        | _going_on(workshop)
        | {"group": _group_at_a_glance(board.group, workshop)}
    )


def _of_session(workshop: Workshop) -> Shown:
    groups = workshop.groups
    boards = [group.board for group in groups if group.board]
    version = workshop.version + sum(group.version for group in groups)
    version += sum(board.counter + board.told_outcomes for board in boards)
    return {
        "version": version,
        **_going_on(workshop),
        "groups": [_group_at_a_glance(one, workshop) for one in groups],
    }


def _board(board: Board, who: UUID | None, session: Session) -> Shown:
    workshop, question = board.workshop, find(session, Question, board.question_id)
    hand = workshop.hand_of(who) if who else None
    seen = {id: _card(board, id, hand) for id in board.standing if board.sees(id, hand, workshop)}
    columns = [
        {"key": column, "cards": [seen[id] for id in board.state["columns"][column] if id in seen]}
        for column in board.template.columns
    ]
    shown = _of_board(board) | {
        "id": board.id,
        "columns": columns,
        "hidden": len(board.standing) - len(seen),
    }
    shown |= {"question": {"id": question.id, "wording": question.wording, "views": question.view_ids}}
    shown |= {"outcomes": [_outcome(outcome, hand) for outcome in outcomes.of_board(session, board)]}
    shown |= {"brought": [_outcome(outcome) for outcome in outcomes.brought_to(session, board)]}
    shown |= {"outcome_kinds": board.template.outcome_kinds, "title": workshop.title, "link": workshop.link}
    shown |= {"others": _other_boards(board, workshop, session)}
    return shown | (_mine(board, who, hand, workshop) if who else {"mine": None})


def _other_boards(board: Board, workshop: Workshop, session: Session) -> list[Shown]:
    """While groups show each other what they have, and afterwards, one may walk from board to board."""
    if not (workshop.state == "ended" or workshop.step.shows_all_groups):
        return []
    there = select(Group.number, Group.board_id).where(
        Group.workshop_id == workshop.id, Group.board_id != board.id
    )
    found = session.execute(there.order_by(Group.number))
    return [{"group": number, "board_id": id} for number, id in found]


def _mine(board: Board, who: UUID, hand: Hand | None, workshop: Workshop) -> Shown:
    number = workshop.number_of(who)
    place = next((place for place in board.group.places if place.id == number), None)
    return {
        "mine": {
            "is_member": place is not None,
            "is_ready": place is not None and place.is_ready(workshop.visit),
            "marks_left": board.marks_left(hand),
            "marks_each": board.template.marks_each,
        }
    }


def _card(board: Board, id: str, hand: Hand | None) -> Shown:
    card = board.cards[id]
    joined = [other for other, one in board.cards.items() if one["into"] == id]
    effects = list(card["judgements"].values())
    return {
        "id": id,
        "text": card["text"],
        "language": card["language"],
        "views": card["views"] or [],
        "marks": len(card["marks"]),
        "joined": [{"id": other, **_words(board.cards[other])} for other in joined],
        "judged": len(effects),
        "effect": _mean([effect for effect, _ in effects]),
        "effort": _mean([effort for _, effort in effects]),
    } | _own(card, id, hand)


def _own(card: Shown, id: str, hand: Hand | None) -> Shown:
    """Tells what of a card is the viewer's own; her numbers are made only where there is something to compare."""
    if hand is None:
        return {"is_mine": False, "is_marked": False, "my_judgement": None}
    judged = card["judgements"]
    return {
        "is_mine": card["author"] == hand.on(id, "add"),
        "is_marked": bool(card["marks"]) and hand.on(id, "mark") in card["marks"],
        "my_judgement": judged.get(hand.on(id, "judge")) if judged else None,
    }


def _words(card: Shown) -> Shown:
    return {"text": card["text"], "language": card["language"]}


def _mean(numbers: Sequence[int]) -> float | None:
    return round(sum(numbers) / len(numbers), 1) if numbers else None


def _outcome(outcome: Outcome, hand: Hand | None = None) -> Shown:
    shown = {name: getattr(outcome, name) for name in OF_THE_OUTCOME}
    signed = [{"on": one.on, "is_facilitator": one.is_facilitator} for one in outcome.sign_offs]
    return shown | {"sign_offs": signed, "is_signed_by_me": outcome.is_signed_by(hand)}


def _groups_to_lead(workshop: Workshop, session: Session) -> list[Shown]:
    """All groups as tiles, with their people by number: staff never learn who they are."""
    people = workshop.people()
    return [
        _group_at_a_glance(group, workshop)
        | {
            "id": group.id,
            "question_id": group.board.question_id if group.board else None,
            "places": [_person(place, people[place.id]) for place in _in_turn(group.places, people)],
            "outcomes": _outcome_counts(group.board, session),
        }
        for group in workshop.groups
    ]


def _in_turn(places: Sequence[Place], people: dict[UUID, Person]) -> list[Place]:
    """Without those who have just given their place away."""
    there = [place for place in places if place.id in people]
    return sorted(there, key=lambda place: people[place.id].turn)


def _person(place: Place, person: Person) -> Shown:
    known = {"id": place.id, "is_here": place.is_here, "has_attended": place.has_attended}
    return known | asdict(person)


def _outcome_counts(board: Board | None, session: Session) -> Shown:
    found = outcomes.of_board(session, board) if board else []
    return {"written": len(found), "signed_off": sum(outcome.is_signed_off for outcome in found)}


def _board_on_paper(group: Group, board: Board, session: Session) -> Shown:
    shown = _board(board, None, session)
    kept = ("question", "columns", "outcomes", "brought")
    return {"group": group.number, "people": group.attended} | {name: shown[name] for name in kept}
