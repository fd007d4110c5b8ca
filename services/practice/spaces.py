"""What stands before a member: the own teams in a list, one team's space, and for the client nothing but counts."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.practice.models import Agreement, Team
from services.practice.models.ground import Ground, cards_of, principles_of
from services.practice.models.round import Round

Shape = dict[str, Any]
OF_THE_AGREEMENT = ("state", "version", "review_on", "is_review_due")


def my_teams(member: UUID, run_id: UUID, session: Session) -> Shape:
    teams = [in_a_list(team, member) for team in Team.all_of(member, run_id, session)]
    return {"is_open": Ground.is_open_for(run_id, session), "teams": teams}


def in_a_list(team: Team, member: UUID) -> Shape:
    agreement = team.agreement
    round = round_of(agreement)
    return standing(agreement) | {
        "id": team.id,
        "run_id": team.run_id,
        "name": team.name,
        "members": len(team.members),
        "waits_for_me": round is not None and member in round.waits_for,
    }


def standing(agreement: Agreement) -> Shape:
    return {name: getattr(agreement, name) for name in OF_THE_AGREEMENT}


def round_of(agreement: Agreement) -> Round | None:
    return agreement.round_now if agreement.state == "agreeing" else None


def space_of(team: Team, member: UUID) -> Shape:
    """Everything that lies on the team's table."""
    agreement = team.agreement
    round = round_of(agreement)
    return (
        who_they_are(team, member)
        | standing(agreement)
        | {
            "wording": agreement.wording,
            "clauses": agreement.clauses,
            "round": round,
            "my_voice": round.voice_of(member) if round else None,
            "versions": agreement.versions,
        }
        | from_the_workbook(team)
    )


def who_they_are(team: Team, member: UUID) -> Shape:
    return {
        "id": team.id,
        "run_id": team.run_id,
        "name": team.name,
        "lead_id": team.lead_id,
        "is_lead": team.lead_id == member,
        "code": team.code,
        "members": sorted(team.member_ids),
    }


def from_the_workbook(team: Team) -> Shape:
    cards = team.cards
    seen = {card.passage_id for card in cards}
    changes = team.changed_principles
    left = [passage for passage in cards_of(team.run_id, team.session) if passage not in seen]
    return {
        "principles": principles_of(team.run_id, team.session),
        "changed_principles": [change.passage_id for change in changes],
        "principle_changes": changes,
        "cards": cards,
        "cards_left": len(left),
    }


def counts(run_id: UUID, session: Session) -> Shape:
    """How many teams are how far: all that anybody outside a team may know."""
    counted = (
        select(Agreement.state, func.count(), func.count().filter(Agreement.version > 0))
        .where(Agreement.run_id == run_id)
        .group_by(Agreement.state)
    )
    found = {state: (teams, once) for state, teams, once in session.execute(counted)}
    by_state = {state: found.get(state, (0, 0))[0] for state in ("draft", "agreeing", "agreed")}
    return {
        "teams": sum(by_state.values()),
        "drafting": by_state["draft"],
        "agreeing": by_state["agreeing"],
        "agreed": by_state["agreed"],
        "have_agreed": sum(once for _, once in found.values()),
    }
