"""A team: a lead, members, a table with cards, and ground rules of its own."""

import random
import secrets
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.practice.models.agreement import Agreement
from services.practice.models.base import Base
from services.practice.models.round import Round
from services.practice.models.table import CardOnTable
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned

DEALT_AT_ONCE = 3


class OnlyTheLead(RuleBroken):
    """The team's lead does this. Ask the lead, or ask to be the lead."""

    status = 403


class NoCardsLeft(RuleBroken):
    """Every idea card has been on the table. Take one back from those put aside."""


class TheLeadStays(RuleBroken):
    """A team needs its lead. Hand the lead over to somebody else first."""


class NotInTheTeam(RuleBroken):
    """This person is not in the team. Send them the link to join."""

    status = 422


def new_code() -> str:
    return secrets.token_urlsafe(12)


class Team(TenantOwned, Base):
    """Colleagues who agree on how they work together."""

    __tablename__ = "team"
    __table_args__ = (unique_in_tenant("code"),)

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    name: Mapped[str]
    lead_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(default_factory=new_code, repr=False)
    members: Mapped[list["Membership"]] = relationship(
        primaryjoin="Team.id == foreign(Membership.team_id)",
        cascade="all, delete-orphan",
        default_factory=list,
    )

    agreement: Mapped[Agreement] = relationship(
        primaryjoin="Team.id == foreign(Agreement.team_id)", uselist=False, init=False
    )
    cards: Mapped[list[CardOnTable]] = relationship(
        primaryjoin="Team.id == foreign(CardOnTable.team_id)",
        order_by=CardOnTable.passage_id,
        default_factory=list,
    )

    @classmethod
    def found(cls, run_id: UUID, name: str, lead: UUID) -> "Team":
        """Founds a team, with its empty ground rules on the table."""
        team = cls(run_id=run_id, name=name, lead_id=lead, members=[Membership(member_id=lead)])
        team.agreement = Agreement.begin(team.id, run_id)
        return team

    @property
    def member_ids(self) -> list[UUID]:
        return [membership.member_id for membership in self.members]

    def only_the_lead(self, member: UUID) -> None:
        if member != self.lead_id:
            raise OnlyTheLead

    def rename(self, name: str) -> None:
        self.name = name

    def let_go(self, member: UUID, by: UUID) -> None:
        """Somebody leaves the team; a round that waited only for them is agreed. Whom the lead lets go knows the link, so it
        becomes another one."""
        if member == self.lead_id:
            raise TheLeadStays
        if by != member:
            self.code = new_code()
        self.forget(member)

    def forget(self, member: UUID) -> None:
        """Somebody is not here any more. A team whose lead is gone is led by whoever is left; one that nobody is left in stays empty."""
        self.members = [membership for membership in self.members if membership.member_id != member]
        if self.lead_id == member and self.members:
            self.lead_id = min(self.member_ids)
        if self.agreement.state == "agreeing":
            round = self.agreement.open_round
            round.excuse(member)
            self._finish_without(round, self.agreement)

    def _finish_without(self, round: Round, agreement: Agreement) -> None:
        if round.present:
            agreement.agree_if_all_can_live_with_it(round)
        else:
            agreement.take_back()

    def hand_over(self, member: UUID) -> None:
        if member not in self.member_ids:
            raise NotInTheTeam
        self.lead_id = member

    def ask(self, present: list[UUID], review_on: date) -> Round:
        """Ask those of the team who are present whether they can live with the rules."""
        here = [member for member in self.member_ids if member in present]
        return self.agreement.ask_everybody(here, review_on)

    # the cards

    def cards_left(self, of_the_workbook: Iterable[UUID]) -> list[UUID]:
        """Returns the idea cards that have not been on the table yet."""
        seen = {card.passage_id for card in self.cards}
        return [passage for passage in of_the_workbook if passage not in seen]

    def deal(self, of_the_workbook: Iterable[UUID]) -> list[UUID]:
        """Lays some idea cards on the table that have not been there yet, in no particular order."""
        left = self.cards_left(of_the_workbook)
        if not left:
            raise NoCardsLeft
        dealt = random.sample(left, min(DEALT_AT_ONCE, len(left)))
        self.cards += [CardOnTable(team_id=self.id, passage_id=passage) for passage in dealt]
        return dealt

    def decide_on(self, passage: UUID, fate: str) -> None:
        card = next((card for card in self.cards if card.passage_id == passage), None)
        if card is None:
            raise NotFound
        card.fate = fate


class Membership(TenantOwned, Base):
    """Somebody belongs to a team."""

    __tablename__ = "membership"
    __table_args__ = (belongs_to("team_id", "team.id"),)

    team_id: Mapped[UUID] = mapped_column(primary_key=True, init=False)
    member_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
