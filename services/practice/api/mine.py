"""The caller's own team: for everybody else it is not there."""

from uuid import UUID

from services.practice import teams
from services.practice.models import Agreement, Team
from services.practice.spaces import space_of
from shared.contracts.api.practice import Space
from shared.web.acts import caller, session


def me() -> UUID:
    return caller().subject


def my_team(team_id: UUID) -> Team:
    return teams.of_a_member(session(), me(), team_id)


def led_by_me(team_id: UUID) -> Team:
    """Raises OnlyTheLead for its other members."""
    team = my_team(team_id)
    team.only_the_lead(me())
    return team


def held(team: Team) -> Team:
    """Returns the team, its rules and cards held until we commit."""
    teams.hold(session(), team)
    return team


def my_agreement(team_id: UUID) -> Agreement:
    """The rules of my team, held until we commit."""
    return teams.hold(session(), my_team(team_id))


def space(team_id: UUID) -> Space:
    session().flush()
    return space_of(my_team(team_id), me(), session())
