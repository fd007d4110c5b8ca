"""Teams, their members and what lies on their tables besides the rules."""

from uuid import UUID

from services.practice import spaces
from services.practice.api.mine import led_by_me, me, my_team, space
from services.practice.models import Team
from shared.contracts.api import practice as shapes
from shared.contracts.api.practice import Practice
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves

teams = Blueprint("teams", __name__, description="Teams and their tables")


@serves(teams, Practice.my_teams)
def my_teams(run_id: UUID) -> shapes.MyTeams:
    return spaces.my_teams(me(), run_id, session())


@serves(teams, Practice.found)
def found(run_id: UUID, new: shapes.NewTeam) -> shapes.Space:
    return space(Team.found(session(), run_id, new.name, me()).id)


@serves(teams, Practice.invitation)
def invitation(code: str) -> shapes.Invitation:
    team = Team.with_code(code, session())
    return shapes.Invitation(id=team.id, name=team.name, lead_id=team.lead_id)


@serves(teams, Practice.join)
def join(invited: shapes.Code) -> shapes.Space:
    team = Team.with_code(invited.code, session())
    team.take_in(me())
    return space(team.id)


@serves(teams, Practice.team)
def team(team_id: UUID) -> shapes.Space:
    return space(team_id)


@serves(teams, Practice.rename)
def rename(team_id: UUID, named: shapes.Renaming) -> shapes.Space:
    team = led_by_me(team_id)
    session().refresh(team, with_for_update=True)
    team.rename(**merged_struct(named, team))
    return space(team_id)


@serves(teams, Practice.let_go)
def let_go(team_id: UUID, member_id: UUID) -> None:
    team = my_team(team_id) if member_id == me() else led_by_me(team_id)
    team.let_go(member_id, by=me())


@serves(teams, Practice.hand_over)
def hand_over(team_id: UUID, chosen: shapes.ChosenMember) -> None:
    led_by_me(team_id).hand_over(chosen.member_id)


@serves(teams, Practice.deal)
def deal(team_id: UUID) -> shapes.Space:
    my_team(team_id).deal()
    return space(team_id)


@serves(teams, Practice.decide_on_card)
def decide_on_card(team_id: UUID, passage_id: UUID, decided: shapes.CardFate) -> None:
    my_team(team_id).decide_on(passage_id, decided.fate)


@serves(teams, Practice.has_seen)
def has_seen(team_id: UUID, passage_id: UUID, wording: str) -> None:
    my_team(team_id).has_seen(passage_id, wording)
