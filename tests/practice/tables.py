"""A team at its table, in memory: for tests of what its members may do, without a database."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from services.practice.models import Agreement, Clause, Membership, Round, Team
from services.practice.models.agreement import today
from services.practice.models.round import CAN_LIVE

RUN, LIISA, KAISA, OLLI, PEKKA = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
"""Liisa leads the team of three; Pekka is of another organisation."""
WORDS = {"heading": "meetings", "words": "Kokous alkaa viisi yli.", "language": "fi"}


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def a_team(*members: UUID) -> Team:
    """Founded by Liisa; these, or Kaisa and Olli, have come in by the link."""
    team = Team.found(RUN, "Lupatiimi", LIISA)
    team.members += [Membership(member_id=member) for member in members or (KAISA, OLLI)]
    return team


def rules() -> Agreement:
    """One clause lies on the table."""
    agreement = a_team().agreement
    agreement.write(**WORDS)
    return agreement


def asked(*present: UUID) -> tuple[Agreement, Round]:
    """The lead has asked these, or all three."""
    agreement = rules()
    return agreement, agreement.ask_everybody([*present] or [LIISA, KAISA, OLLI], in_days(90))


def agree(agreement: Agreement, round: Round) -> None:
    for member in round.waits_for:
        agreement.hear(member, round.id, says=CAN_LIVE)


def agreed() -> Agreement:
    agreement, round = asked()
    agree(agreement, round)
    return agreement


def only_clause(agreement: Agreement) -> Clause:
    [clause] = agreement.clauses
    return clause
