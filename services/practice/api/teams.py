"""Teams, their members and what lies on their tables besides the rules."""

from uuid import UUID

from services.practice import grounds, spaces
from services.practice import teams as the_teams
from services.practice.api.mine import held, led_by_me, me, my_team, space
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
    grounds.as_it_stands(session(), run_id).must_be_open()
    session().add(team := Team.found(run_id, new.name, me()))
    return space(team.id)


@serves(teams, Practice.invitation)
def invitation(code: str) -> shapes.Invitation:
    team = the_teams.with_code(session(), code)
    return shapes.Invitation(id=team.id, name=team.name, lead_id=team.lead_id)


@serves(teams, Practice.join)
def join(invited: shapes.Code) -> shapes.Space:
    team = the_teams.with_code(session(), invited.code)
    the_teams.take_in(session(), team, me())
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
    held(team).let_go(member_id, by=me())


@serves(teams, Practice.hand_over)
def hand_over(team_id: UUID, chosen: shapes.ChosenMember) -> None:
    led_by_me(team_id).hand_over(chosen.member_id)


@serves(teams, Practice.deal)
def deal(team_id: UUID) -> shapes.Space:
    team = held(my_team(team_id))
    team.deal(grounds.cards_of(session(), team.run_id))
    return space(team_id)


@serves(teams, Practice.decide_on_card)
def decide_on_card(team_id: UUID, passage_id: UUID, decided: shapes.CardFate) -> None:
    my_team(team_id).decide_on(passage_id, decided.fate)


@serves(teams, Practice.has_seen)
def has_seen(team_id: UUID, passage_id: UUID, wording: str) -> None:
    the_teams.principle_was_seen(session(), my_team(team_id).id, passage_id, wording)
