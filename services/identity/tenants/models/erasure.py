"""The end of a client: suspended with a reason, after a time of grace erased, and forgotten once every service has said so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from shared.contracts.identity import IdentityForgot
from shared.contracts.lineage import LineageForgot
from shared.contracts.notification import NotificationForgot
from shared.contracts.practice import PracticeForgot
from shared.contracts.process import ProcessForgot
from shared.contracts.publishing import PublishingForgot
from shared.contracts.survey import SurveyForgot
from shared.contracts.townhall import TownhallForgot
from shared.contracts.voting import VotingForgot
from shared.contracts.workshop import WorkshopForgot
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned, tenant_of
from shared.web.cleaning import shows_something

ANSWERS = {
    event.topic.partition(".")[0]: event
    for event in (
        IdentityForgot,
        ProcessForgot,
        TownhallForgot,
        SurveyForgot,
        VotingForgot,
        WorkshopForgot,
        PublishingForgot,
        PracticeForgot,
        LineageForgot,
        NotificationForgot,
    )
}
GRACE = timedelta(days=30)


class ReasonMissing(RuleBroken):
    """Whoever reads this later wants to know why. Give a reason: --because "..."."""


class NotSuspended(RuleBroken):
    """An organisation is erased only after it has been suspended for a while. Suspend it first."""


class StillInGrace(RuleBroken):
    """An organisation is erased only after thirty days of suspension: until then it can be reopened. Wait, or reopen it."""


class TooLate(RuleBroken):
    """The organisation has been erased already: nothing is left to reopen."""


class Erasure(TenantOwned, Base):
    """In the consultancy's rows, ids and times only: a client was suspended, and perhaps erased since."""

    __tablename__ = "erasure"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    suspended_at: Mapped[datetime]
    suspended_by: Mapped[str]
    why: Mapped[str]
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    erased_by: Mapped[str | None] = mapped_column(default=None)

    @classmethod
    def of(cls, client_id: UUID, session: Session) -> "Erasure":
        return session.get(cls, (tenant_of(session), client_id), with_for_update=True) or _not_suspended()

    @classmethod
    def begin(cls, client_id: UUID, at: datetime, by: str, why: str, session: Session) -> None:
        if not shows_something(why):
            raise ReasonMissing
        facts = {"suspended_at": at, "suspended_by": by, "why": why.strip()}
        session.execute(insert(cls).values(client_id=client_id, **facts).on_conflict_do_nothing())

    def is_not_ordered(self) -> None:
        """Raises TooLate when it is."""
        if self.erased_at:
            raise TooLate

    def order(self, at: datetime, by: str) -> None:
        """The word that cannot be taken back."""
        if at < self.suspended_at + GRACE:
            raise StillInGrace
        if self.erased_at is None:
            self.erased_at, self.erased_by = at, by

    def answers(self, session: Session) -> dict[str, int]:
        """How many rows went, by service that has answered."""
        given = select(Answer.service, Answer.rows).filter_by(client_id=self.client_id)
        return dict(session.execute(given).all())

    def still_silent(self, session: Session) -> list[str]:
        return sorted(ANSWERS.keys() - self.answers(session).keys())


def _not_suspended() -> Erasure:
    raise NotSuspended


class Answer(TenantOwned, Base):
    """A service has said that nothing of an erased client is left with it."""

    __tablename__ = "erasure_answer"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[int]
    answered_at: Mapped[datetime]

    @classmethod
    def note(cls, client_id: UUID, service: str, rows: int, at: datetime, session: Session) -> None:
        """Its first answer; when the log is read anew it has nothing left to count."""
        row = insert(cls).values(client_id=client_id, service=service, rows=rows, answered_at=at)
        session.execute(row.on_conflict_do_nothing())
