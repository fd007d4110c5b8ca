"""How many have taken part, as it is published: reckoned when people are counted, not when somebody asks."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from services.identity.models.attendance import Attendance
from services.identity.models.base import Base
from services.identity.models.people import Member, is_here
from shared.contracts.identity import TurnoutKnown
from shared.database import put_in_outbox
from shared.disclosure import FEWEST, enough_newcomers, in_fives, may_be_shown, noise
from shared.tenancy import TenantOwned

WHOLE, UNIT, SITE = "whole", "unit", "site"
PARTS: dict[str, InstrumentedAttribute[UUID | None]] = {UNIT: Member.unit_id, SITE: Member.site_id}


class Participation(TenantOwned, Base):
    """How many people of the whole, of a unit or of a site have taken part in an activity of a run, as last published.

    Units and sites cut the same people twice: a site that is a unit and one more person would tell of that person by
    subtraction. So only the whole is told as it is; parts in fives, from counts that have noise added to them.
    """

    __tablename__ = "participation"
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    part_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The unit or site; the run's own id for the whole."""
    counted: Mapped[int]
    """How many there were when the number was drawn: five more, and it is drawn anew."""
    shown: Mapped[int | None]

    @classmethod
    def published(
        cls, run_id: UUID, activity: str, session: Session
    ) -> dict[tuple[str, UUID], "Participation"]:
        rows = session.scalars(select(cls).filter_by(run_id=run_id, activity=activity))
        return {(row.kind, row.part_id): row for row in rows}

    @classmethod
    def renew(cls, run_id: UUID, activity: str, session: Session) -> int | None:
        """Publish the numbers anew if five have come since; returns how many took part, None if nothing is told."""
        ours = select(func.count()).select_from(Attendance).filter_by(run_id=run_id, activity=activity)
        took_part, before = session.scalar(ours) or 0, cls.published(run_id, activity, session)
        whole = before.get((WHOLE, run_id))
        if not enough_newcomers(took_part, whole.counted if whole else 0):
            return None
        rows = [cls._row(run_id, activity, WHOLE, run_id, took_part, took_part)]
        for kind in PARTS:
            rows += cls._parts(run_id, activity, kind, before, session)
        news = insert(cls)
        drawn = {"counted": news.excluded.counted, "shown": news.excluded.shown}
        keys = ["tenant_id", "run_id", "activity", "kind", "part_id"]
        session.execute(news.on_conflict_do_update(index_elements=keys, set_=drawn), rows)
        return took_part

    @classmethod
    def tell(cls, run_id: UUID, activity: str, session: Session) -> None:
        """Publish the numbers anew if it is time, and tell how many took part, of how many."""
        if (took_part := cls.renew(run_id, activity, session)) is not None:
            invited = session.scalars(select(func.count()).select_from(Member).where(is_here())).one()
            told = TurnoutKnown(run_id=run_id, activity=activity, took_part=took_part, invited=invited)
            put_in_outbox(session, [told])

    @classmethod
    def _parts(cls, run_id: UUID, activity: str, kind: str, before: dict, session: Session) -> list[dict]:
        """People who belong nowhere are a part as well, of which nothing is published."""
        belongs = PARTS[kind]
        present = (Attendance.run_id == run_id) & (Attendance.activity == activity)
        counting = select(belongs, func.count(), func.count(Attendance.member_id)).select_from(Member)
        found = session.execute(
            counting.outerjoin(Attendance, present & (Attendance.member_id == Member.id))
            .where(is_here())
            .group_by(belongs)
        ).all()
        shown = may_be_shown({part_id: count for part_id, _, count in found})
        rows = []
        for part_id, invited, count in found:
            if part_id is None:
                continue
            was = before.get((kind, part_id))
            if part_id not in shown:
                rows.append(cls._row(run_id, activity, kind, part_id, count, None))
            elif was is None or was.shown is None or enough_newcomers(count, was.counted):
                rows.append(cls._row(run_id, activity, kind, part_id, count, blurred(count, invited)))
        return rows

    @staticmethod
    def _row(run_id: UUID, activity: str, kind: str, part_id: UUID, counted: int, shown: int | None) -> dict:
        about = {"run_id": run_id, "activity": activity, "kind": kind, "part_id": part_id}
        return about | {"counted": counted, "shown": shown}


def blurred(count: int, invited: int) -> int:
    """Returns about how many took part: the nearest five, at least one five and no more of them than were invited."""
    nearest = in_fives(count + noise() + FEWEST // 2)
    return min(max(FEWEST, nearest), in_fives(invited))
