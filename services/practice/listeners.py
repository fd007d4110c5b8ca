"""When that happened elsewhere, practice does this."""

from operator import attrgetter
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.practice import grounds, teams
from services.practice.models import Agreement, Clause, Team
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
    if opened.opens(ACTIVITY):
        grounds.held(session, opened.run_id).is_open = True


@listeners.on(PhaseClosed)
def let_no_more_teams_begin(closed: PhaseClosed, session: Session) -> None:
    """Ends founding. Teams that exist go on: their rules are their own."""
    if closed.ends(ACTIVITY):
        grounds.held(session, closed.run_id).is_open = False


@listeners.on(WorkbookLaunched)
def lay_out_principles_and_cards(launched: WorkbookLaunched, session: Session) -> None:
    grounds.lay(session, launched.run_id, launched.principles, launched.idea_cards)


@listeners.on(WorkbookWithdrawn)
def take_principles_and_cards_away(withdrawn: WorkbookWithdrawn, session: Session) -> None:
    grounds.clear(session, grounds.held(session, withdrawn.run_id).run_id)


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
    for team in teams.all_of_a_run(session, revised.run_id):
        teams.tell_of_a_principle(session, team.id, revised.passage_id, revised.edition_id)
        tell_of_the_clauses(team.agreement, revised.passage_id, team.member_ids)


def tell_of_the_clauses(agreement: Agreement, passage_id: UUID, members: list[UUID]) -> None:
    touched = [clause.id for clause in agreement.clauses if clause.source_id == passage_id]
    names = {"run_id": agreement.run_id, "agreement_id": agreement.id, "team_id": agreement.team_id}
    agreement.tell(PrincipleTouched(**names, passage_id=passage_id, clauses=touched, members=members))


@listeners.on(MemberLeft)
def forget_the_member(left: MemberLeft, session: Session) -> None:
    for team in sorted(teams.all_of_a_member(session, left.member_id), key=attrgetter("id")):
        teams.hold(session, team)
        team.forget(left.member_id)


@listeners.when_due("review_due")
def ask_whether_still_true(agreement_id: UUID, session: Session) -> None:
    agreement = find(session, Agreement, agreement_id)
    team = find(session, Team, agreement.team_id)
    agreement.ask_whether_still_true(team.member_ids)
