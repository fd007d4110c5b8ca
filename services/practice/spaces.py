"""What stands before a member: the own teams in a list, one team's space, and for the client nothing but counts."""

from uuid import UUID

from msgspec import convert
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.practice.models import Agreement, Clause, Team, Version, Voice
from services.practice.models.ground import Ground, cards_of, principles_of
from services.practice.models.round import Round
from shared.contracts.api import practice as shapes


def my_teams(member: UUID, run_id: UUID, session: Session) -> shapes.MyTeams:
    teams = [in_a_list(team, member) for team in Team.all_of(member, run_id, session)]
    return shapes.MyTeams(is_open=Ground.is_open_for(run_id, session), teams=teams)


def in_a_list(team: Team, member: UUID) -> shapes.TeamInList:
    agreement = team.agreement
    round = going_on(agreement)
    return shapes.TeamInList(
        id=team.id,
        run_id=team.run_id,
        name=team.name,
        members=len(team.members),
        state=agreement.state,
        version=agreement.version,
        review_on=agreement.review_on,
        is_review_due=agreement.is_review_due,
        waits_for_me=round is not None and member in round.waits_for,
    )


def going_on(agreement: Agreement) -> Round | None:
    """The round that goes on. Where it has ended since the agreement was read, the agreement is read again: a page tells of one moment."""
    if agreement.state != "agreeing":
        return None
    if (round := agreement.round_now) is None:
        agreement.session.refresh(agreement)
    return round


def space_of(team: Team, member: UUID) -> shapes.Space:
    """Everything that lies on the team's table."""
    agreement, cards, changes = team.agreement, team.cards, team.changed_principles
    round = going_on(agreement)
    mine = round.voice_of(member) if round else None
    return shapes.Space(
        id=team.id,
        run_id=team.run_id,
        name=team.name,
        lead_id=team.lead_id,
        is_lead=team.lead_id == member,
        code=team.code,
        members=sorted(team.member_ids),
        state=agreement.state,
        version=agreement.version,
        review_on=agreement.review_on,
        is_review_due=agreement.is_review_due,
        wording=agreement.wording,
        clauses=[clause_of(clause) for clause in agreement.clauses],
        round=round_of(round) if round else None,
        my_voice=voice_of(mine) if mine else None,
        versions=[version_of(version) for version in agreement.versions],
        principles=principles_of(team.run_id, team.session),
        changed_principles=[change.passage_id for change in changes],
        principle_changes=[
            shapes.PrincipleChange(passage_id=change.passage_id, wording=change.wording) for change in changes
        ],
        cards=[shapes.Card(passage_id=card.passage_id, fate=card.fate) for card in cards],
        cards_left=cards_left(team, {card.passage_id for card in cards}),
    )


def clause_of(clause: Clause) -> shapes.Clause:
    return shapes.Clause(
        id=clause.id,
        heading=clause.heading,
        words=clause.words,
        language=clause.language,
        source_id=clause.source_id,
        source_has_changed=clause.source_has_changed,
    )


def round_of(round: Round) -> shapes.Round:
    return shapes.Round(
        id=round.id,
        version=round.version,
        present=round.present,
        review_on=round.review_on,
        opened_on=round.opened_on,
        voices=[voice_of(voice) for voice in round.voices],
        waits_for=round.waits_for,
    )


def voice_of(voice: Voice) -> shapes.Voice:
    return shapes.Voice(
        member_id=voice.member_id,
        says=voice.says,
        reason=voice.reason,
        clause_id=voice.clause_id,
        resolution=voice.resolution,
    )


def version_of(version: Version) -> shapes.Version:
    return shapes.Version(
        number=version.number,
        agreed_on=version.agreed_on,
        review_on=version.review_on,
        present=convert(version.present, list[UUID]),
        clauses=convert(version.clauses, list[shapes.KeptClause]),
        talks=convert(version.talks, list[shapes.Talk]),
    )


def cards_left(team: Team, seen: set[UUID]) -> int:
    return sum(passage not in seen for passage in cards_of(team.run_id, team.session))


def counts(run_id: UUID, session: Session) -> shapes.Counts:
    """How many teams are how far: all that anybody outside a team may know."""
    counted = (
        select(Agreement.state, func.count(), func.count().filter(Agreement.version > 0))
        .where(Agreement.run_id == run_id)
        .group_by(Agreement.state)
    )
    found = {state: (teams, once) for state, teams, once in session.execute(counted)}
    by_state = {state: found.get(state, (0, 0))[0] for state in ("draft", "agreeing", "agreed")}
    return shapes.Counts(
        teams=sum(by_state.values()),
        drafting=by_state["draft"],
        agreeing=by_state["agreeing"],
        agreed=by_state["agreed"],
        have_agreed=sum(once for _, once in found.values()),
    )
