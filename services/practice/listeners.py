"""When that happened elsewhere, practice does this."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.practice.models import Agreement, Clause, Ground, Membership, Team
from shared.contracts.identity import MemberLeft, TenantErased
from shared.contracts.practice import PracticeForgot, PrincipleTouched
from shared.contracts.process import PhaseClosed, PhaseOpened
from shared.contracts.publishing import PrincipleRevised, WorkbookLaunched, WorkbookWithdrawn
from shared.database import find
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased

listeners = Listeners("practice")
forget_the_erased(listeners, TenantErased, PracticeForgot)
ACTIVITY = "ground_rules"


@listeners.on(PhaseOpened)
def let_teams_begin(opened: PhaseOpened, session: Session) -> None:
    if ACTIVITY in opened.activities:
        Ground.of(opened.run_id, session).is_open = True


@listeners.on(PhaseClosed)
def let_no_more_teams_begin(closed: PhaseClosed, session: Session) -> None:
    """Those that there are go on: their rules are their own."""
    if ACTIVITY in closed.activities and ACTIVITY not in closed.goes_on:
        Ground.of(closed.run_id, session).is_open = False


@listeners.on(WorkbookLaunched)
def lay_out_principles_and_cards(launched: WorkbookLaunched, session: Session) -> None:
    Ground.of(launched.run_id, session).lay(launched.principles, launched.idea_cards)


@listeners.on(WorkbookWithdrawn)
def take_principles_and_cards_away(withdrawn: WorkbookWithdrawn, session: Session) -> None:
    Ground.of(withdrawn.run_id, session).clear()


read_models = ReadModels(
    listeners,
    ("ground", "principle", "idea_card"),
    fed_by=(
        let_teams_begin,
        let_no_more_teams_begin,
        lay_out_principles_and_cards,
        take_principles_and_cards_away,
    ),
)


@listeners.on(PrincipleRevised)
def tell_the_teams_concerned(revised: PrincipleRevised, session: Session) -> None:
    """Every team of the run inherits the principle; those that made a clause of it are told which clause."""
    made_of_it = Clause.source_id == revised.passage_id
    session.execute(update(Clause).where(made_of_it).values(source_has_changed=True))
    for team in session.scalars(select(Team).filter_by(run_id=revised.run_id).order_by(Team.id)):
        team.tell_of(revised.passage_id, revised.edition_id)
        tell_of_the_clauses(team.agreement, revised.passage_id, team.member_ids)


def tell_of_the_clauses(agreement: Agreement, passage_id: UUID, members: list[UUID]) -> None:
    touched = [clause.id for clause in agreement.clauses if clause.source_id == passage_id]
    names = {"run_id": agreement.run_id, "agreement_id": agreement.id, "team_id": agreement.team_id}
    agreement.tell(PrincipleTouched(**names, passage_id=passage_id, clauses=touched, members=members))


@listeners.on(MemberLeft)
def forget_the_member(left: MemberLeft, session: Session) -> None:
    """A team whose lead leaves is led by whoever is left; a team that nobody is left in stays empty."""
    theirs = select(Membership.team_id).filter_by(member_id=left.member_id)
    for team in session.scalars(select(Team).where(Team.id.in_(theirs)).order_by(Team.id)):
        team.forget(left.member_id)
        if team.lead_id == left.member_id and team.member_ids:
            team.lead_id = min(team.member_ids)


@listeners.when_due("review_due")
def ask_whether_still_true(agreement_id: UUID, session: Session) -> None:
    agreement = find(session, Agreement, agreement_id)
    team = find(session, Team, agreement.team_id)
    agreement.ask_whether_still_true(team.member_ids)
