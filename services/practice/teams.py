"""Finds teams, and writes what two of their members may do at the same moment."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from services.practice.models import Agreement, CardOnTable, Membership, PrincipleNotice, Team
from shared.languages import by_name
from shared.problems import NotFound


def of_a_member(session: Session, member: UUID, team_id: UUID) -> Team:
    """Returns the team, for those who belong to it; for everybody else it is not there. Raises NotFound."""
    team = session.scalars(select(Team).filter_by(id=team_id)).one_or_none()
    if team is None or member not in team.member_ids:
        raise NotFound
    return team


def all_of_a_member(session: Session, member: UUID, run_id: UUID | None = None) -> Sequence[Team]:
    """Returns the teams that somebody belongs to, in this run or in all of them."""
    mine = select(Team).where(Team.id.in_(select(Membership.team_id).filter_by(member_id=member)))
    in_run = mine.filter_by(run_id=run_id) if run_id else mine
    return sorted(session.scalars(in_run.order_by(Team.id)), key=by_name)


def all_of_a_run(session: Session, run_id: UUID) -> Sequence[Team]:
    return session.scalars(select(Team).filter_by(run_id=run_id).order_by(Team.id)).all()


def with_code(session: Session, code: str) -> Team:
    """Returns the team whose link this is; raises NotFound."""
    team = session.scalars(select(Team).filter_by(code=code)).one_or_none()
    if team is None:
        raise NotFound
    return team


def hold(session: Session, team: Team) -> Agreement:
    """Keeps the team's rules, and its cards, from changing until we commit; returns the rules."""
    mine = select(Agreement).filter_by(team_id=team.id).with_for_update()
    agreement = session.scalars(mine, execution_options={"populate_existing": True}).one()
    set_committed_value(team, "agreement", agreement)
    session.expire(team, ["cards"])
    return agreement


def take_in(session: Session, team: Team, member: UUID) -> None:
    """Adds somebody to the team; whoever comes in twice is in it once."""
    row = insert(Membership).values(team_id=team.id, member_id=member)
    session.execute(row.on_conflict_do_nothing())
    session.expire(team, ["members"])


TABLE = ["tenant_id", "team_id", "passage_id"]


def keep_the_card(session: Session, team_id: UUID, passage: UUID) -> None:
    """Notes that a clause was made of a card; it counts as dealt even when somebody took it straight from the workbook."""
    row = insert(CardOnTable).values(team_id=team_id, passage_id=passage, fate="kept")
    session.execute(row.on_conflict_do_update(index_elements=TABLE, set_={"fate": "kept"}))


def tell_of_a_principle(session: Session, team_id: UUID, passage: UUID, edition: UUID) -> None:
    """Lays word of a principle that reads differently on the team's table, until a member has seen it."""
    row = insert(PrincipleNotice).values(team_id=team_id, passage_id=passage, edition_id=edition)
    session.execute(row.on_conflict_do_update(index_elements=TABLE, set_={"edition_id": edition}))


def principle_was_seen(session: Session, team_id: UUID, passage: UUID, read: str) -> None:
    """Takes that word away; nothing happens when a colleague was faster. Raises WordingChanged for an earlier wording."""
    notices = select(PrincipleNotice).filter_by(team_id=team_id, passage_id=passage).with_for_update()
    if notice := session.scalars(notices).one_or_none():
        notice.must_be_read(read)
        session.delete(notice)


def changed_principles(session: Session, team_id: UUID) -> Sequence[PrincipleNotice]:
    return session.scalars(select(PrincipleNotice).filter_by(team_id=team_id)).all()
