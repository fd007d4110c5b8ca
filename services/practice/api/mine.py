"""The caller's own team: for everybody else it is not there."""

from uuid import UUID

from services.practice.models import Agreement, Team
from services.practice.spaces import space_of
from shared.contracts.api.practice import Space
from shared.web.acts import caller, session


def me() -> UUID:
    return caller().subject


def my_team(team_id: UUID) -> Team:
    return Team.of(me(), team_id, session())


def led_by_me(team_id: UUID) -> Team:
    """Raises OnlyTheLead for its other members."""
    team = my_team(team_id)
    team.only_the_lead(me())
    return team


def my_agreement(team_id: UUID) -> Agreement:
    """The rules of my team, held until we commit."""
    return Agreement.held(my_team(team_id).id, session())


def space(team_id: UUID) -> Space:
    session().flush()
    return space_of(my_team(team_id), me())
