"""A team: a lead, members, a table with cards, and ground rules of its own."""

import random
import secrets
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from services.practice.models.agreement import Agreement
from services.practice.models.base import Noun
from services.practice.models.ground import Ground, cards_of
from services.practice.models.round import Round
from services.practice.models.table import CardOnTable, PrincipleNotice
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.problems import NotFound, RuleBroken

DEALT_AT_ONCE = 3


class NotYetOpen(RuleBroken):
    """Teams begin with their ground rules once the workbook has been launched. Until then there is nothing to do here."""


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


class Team(Noun):
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

    @classmethod
    def found(cls, session: Session, run_id: UUID, name: str, lead: UUID) -> "Team":
        """Found a team, with its empty ground rules on the table."""
        if not Ground.is_open_for(run_id, session):
            raise NotYetOpen
        team = cls(run_id=run_id, name=name, lead_id=lead, members=[Membership(member_id=lead)])
        session.add(team)
        session.flush()
        Agreement.begin(team.id, run_id, session)
        return team

    @classmethod
    def of(cls, member: UUID, team_id: UUID, session: Session) -> "Team":
        """The team, for those who belong to it; for everybody else it is not there."""
        team = session.scalars(select(cls).filter_by(id=team_id)).one_or_none()
        if team is None or member not in team.member_ids:
            raise NotFound
        return team

    @classmethod
    def all_of(cls, member: UUID, run_id: UUID, session: Session) -> "list[Team]":
        mine = select(Membership.team_id).filter_by(member_id=member)
        return list(
            session.scalars(
                select(cls).filter_by(run_id=run_id).where(cls.id.in_(mine)).order_by(cls.name, cls.id)
            )
        )

    @classmethod
    def with_code(cls, code: str, session: Session) -> "Team":
        """The team whose link this is."""
        team = session.scalars(select(cls).filter_by(code=code)).one_or_none()
        if team is None:
            raise NotFound
        return team

    @property
    def member_ids(self) -> list[UUID]:
        return [membership.member_id for membership in self.members]

    @property
    def agreement(self) -> Agreement:
        return self.session.scalars(select(Agreement).filter_by(team_id=self.id)).one()

    def only_the_lead(self, member: UUID) -> None:
        if member != self.lead_id:
            raise OnlyTheLead

    def rename(self, name: str) -> None:
        self.name = name

    def take_in(self, member: UUID) -> None:
        row = insert(Membership).values(team_id=self.id, member_id=member)
        self.session.execute(row.on_conflict_do_nothing())
        self.session.expire(self, ["members"])

    def let_go(self, member: UUID, by: UUID) -> None:
        """Somebody leaves the team; a round that waited only for them is agreed. Whom the lead lets go knows the link, so it
        becomes another one."""
        if member == self.lead_id:
            raise TheLeadStays
        if by != member:
            self.code = new_code()
        self.forget(member)

    def forget(self, member: UUID) -> None:
        agreement = Agreement.held(self.id, self.session)
        self.members = [membership for membership in self.members if membership.member_id != member]
        if agreement.state == "agreeing":
            round = agreement.open_round
            round.excuse(member)
            self._finish_without(round, agreement)

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
        return Agreement.held(self.id, self.session).ask_everybody(here, review_on)

    # the cards

    def deal(self) -> list[UUID]:
        """Lay some idea cards on the table that have not been there yet, in no particular order."""
        Agreement.held(self.id, self.session)  # two who deal at once get different cards
        seen = {card.passage_id for card in self.cards}
        left = [passage for passage in cards_of(self.run_id, self.session) if passage not in seen]
        if not left:
            raise NoCardsLeft
        dealt = random.sample(left, min(DEALT_AT_ONCE, len(left)))
        self.session.add_all([CardOnTable(team_id=self.id, passage_id=passage) for passage in dealt])
        return dealt

    @property
    def cards(self) -> list[CardOnTable]:
        return list(
            self.session.scalars(
                select(CardOnTable).filter_by(team_id=self.id).order_by(CardOnTable.passage_id)
            )
        )

    def decide_on(self, passage: UUID, fate: str) -> None:
        card = self.session.scalars(
            select(CardOnTable).filter_by(team_id=self.id, passage_id=passage)
        ).one_or_none()
        if card is None:
            raise NotFound
        card.fate = fate

    def keep_the_card(self, passage: UUID) -> None:
        """A clause was made of it; it counts as dealt even when somebody took it straight from the workbook."""
        row = insert(CardOnTable).values(team_id=self.id, passage_id=passage, fate="kept")
        keys = ["tenant_id", "team_id", "passage_id"]
        self.session.execute(row.on_conflict_do_update(index_elements=keys, set_={"fate": "kept"}))

    # changed principles

    def tell_of(self, passage: UUID, edition: UUID) -> None:
        row = insert(PrincipleNotice).values(team_id=self.id, passage_id=passage, edition_id=edition)
        self.session.execute(
            row.on_conflict_do_update(
                index_elements=["tenant_id", "team_id", "passage_id"], set_={"edition_id": edition}
            )
        )

    def has_seen(self, passage: UUID, read: str) -> None:
        """The notice goes; nothing happens when a colleague was faster. Raises WordingChanged for an earlier wording."""
        told = select(PrincipleNotice).filter_by(team_id=self.id, passage_id=passage).with_for_update()
        if notice := self.session.scalars(told).one_or_none():
            notice.must_be_read(read)
            self.session.delete(notice)

    @property
    def changed_principles(self) -> list[PrincipleNotice]:
        return list(self.session.scalars(select(PrincipleNotice).filter_by(team_id=self.id)))


class Membership(Noun):
    """Somebody belongs to a team."""

    __tablename__ = "membership"
    __table_args__ = (belongs_to("team_id", "team.id"),)

    team_id: Mapped[UUID] = mapped_column(primary_key=True, init=False)
    member_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
