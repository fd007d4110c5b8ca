"""Makes the structs that a member is shown: the own teams in a list, one team's space; and for the client nothing but counts."""

from operator import attrgetter
from uuid import UUID

from msgspec import convert
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.practice import grounds
from services.practice.models import Agreement, Clause, Team, Version, Voice
from services.practice.models.round import Round
from services.practice.teams import all_of_a_member, changed_principles
from shared.contracts.api import practice as shapes


def my_teams(member: UUID, run_id: UUID, session: Session) -> shapes.MyTeams:
    teams = [in_a_list(team, member, session) for team in all_of_a_member(session, member, run_id)]
    return shapes.MyTeams(is_open=grounds.as_it_stands(session, run_id).is_open, teams=teams)


def in_a_list(team: Team, member: UUID, session: Session) -> shapes.TeamInList:
    agreement = team.agreement
    round = going_on(agreement, session)
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


def going_on(agreement: Agreement, session: Session) -> Round | None:
    """The round that goes on. Where it has ended since the agreement was read, the agreement is read again: a page tells of one moment."""
    if agreement.state != "agreeing":
        return None
    if (round := agreement.round_now) is None:
        session.refresh(agreement)
    return round


def space_of(team: Team, member: UUID, session: Session) -> shapes.Space:
    """Everything that lies on the team's table."""
    agreement, changes = team.agreement, changed_principles(session, team.id)
    round = going_on(agreement, session)
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
        principles=grounds.principles_of(session, team.run_id),
        changed_principles=[change.passage_id for change in changes],
        principle_changes=[
            shapes.PrincipleChange(passage_id=change.passage_id, wording=change.wording) for change in changes
        ],
        cards=[
            shapes.Card(passage_id=card.passage_id, fate=card.fate)
            for card in sorted(team.cards, key=attrgetter("passage_id"))
        ],
        cards_left=len(team.cards_left(grounds.cards_of(session, team.run_id))),
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
