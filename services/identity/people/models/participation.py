"""How many have taken part, as it is published: reckoned when people are counted, not when somebody asks."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.belonging import Belonging, is_one_of
from services.identity.people.models.member import Member, is_here
from shared.contracts.identity import TurnoutKnown
from shared.messaging.outbox import put_in_outbox
from shared.privacy.disclosure import FEWEST, Decision, decided, in_fives, noise
from shared.tenancy.sessions import TenantOwned

WHOLE, UNIT, SITE = "whole", "unit", "site"
PARTS = (UNIT, SITE)
Rows = dict[tuple[str, UUID], "Participation"]


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
    """The unit or site; the run's own id for the whole, and for those who belong nowhere."""
    next_at: Mapped[int]
    """How many there have to be before the number is drawn anew: of a part nobody can tell from it how many there are."""
    shown: Mapped[int | None]
    """None where it is withheld."""

    @classmethod
    def published(cls, run_id: UUID, activity: str, session: Session) -> Rows:
        rows = session.scalars(select(cls).filter_by(run_id=run_id, activity=activity))
        return {(row.kind, row.part_id): row for row in rows}

    @classmethod
    def renew(
        cls, run_id: UUID, activity: str, took_part: Collection[UUID], session: Session, is_last: bool = False
    ) -> bool:
        """Publishes the numbers anew and returns whether it did: when five people have come since, and at the last count when
        anybody has. Fewer than five in all are never told."""
        Belonging.note(run_id, activity, session)
        people, before = len(took_part), cls.published(run_id, activity, session)
        if people < cls._enough(before.get((WHOLE, run_id)), is_last):
            return False
        rows = [cls._row(run_id, activity, WHOLE, run_id, people + FEWEST, people)]
        for kind in PARTS:
            rows += cls._parts(run_id, activity, kind, before, took_part, session)
        news = insert(cls)
        drawn = {"next_at": news.excluded.next_at, "shown": news.excluded.shown}
        keys = ["tenant_id", "run_id", "activity", "kind", "part_id"]
        session.execute(news.on_conflict_do_update(index_elements=keys, set_=drawn), rows)
        return True

    @staticmethod
    def _enough(whole: "Participation | None", is_last: bool) -> int:
        """Returns how many people there have to be to be told."""
        if whole is None:
            return FEWEST
        return (whole.shown or 0) + 1 if is_last else whole.next_at

    @classmethod
    def tell(
        cls, run_id: UUID, activity: str, took_part: Collection[UUID], session: Session, is_last: bool = False
    ) -> None:
        """Publishes the numbers anew if it is time, and tells how many took part, of how many."""
        if cls.renew(run_id, activity, took_part, session, is_last):
            invited = session.scalars(select(func.count()).select_from(Member).where(is_here())).one()
            known = TurnoutKnown(run_id=run_id, activity=activity, took_part=len(took_part), invited=invited)
            put_in_outbox(session, [known])

    @classmethod
    def _parts(
        cls,
        run_id: UUID,
        activity: str,
        kind: str,
        before: Rows,
        took_part: Collection[UUID],
        session: Session,
    ) -> list[dict]:
        """Whether a part is shown, and its number, stay as drawn until enough of it have come anew."""
        invited, people = cls._counted(run_id, activity, kind, took_part, session)
        was = {part: row for (of, part), row in before.items() if of == kind}
        now, due = decided(
            people, {part: Decision(row.shown is not None, row.next_at) for part, row in was.items()}
        )
        numbers = {part: row.shown for part, row in was.items() if part in now and now[part].shown}
        numbers |= {part: blurred(people[part], invited[part]) for part in due}
        return [
            cls._row(run_id, activity, kind, part, decision.next_at, numbers.get(part))
            for part, decision in now.items()
        ]

    @classmethod
    def _counted(
        cls, run_id: UUID, activity: str, kind: str, took_part: Collection[UUID], session: Session
    ) -> tuple[dict[UUID, int], dict[UUID, int]]:
        """How many belong to each part, and how many of them took part. People who belong nowhere are a part as well."""
        people = Belonging.of_all(run_id, activity, took_part)
        belongs = func.coalesce(people.c[f"{kind}_id"], run_id)
        those = func.count().filter(is_one_of(people.c.member_id, took_part))
        found = session.execute(select(belongs, func.count(), those).group_by(people.c[f"{kind}_id"])).all()
        return {part: count for part, count, _ in found}, {part: count for part, _, count in found}

    @staticmethod
    def _row(run_id: UUID, activity: str, kind: str, part_id: UUID, next_at: int, shown: int | None) -> dict:
        about = {"run_id": run_id, "activity": activity, "kind": kind, "part_id": part_id}
        return about | {"next_at": next_at, "shown": shown}


def blurred(count: int, invited: int) -> int:
    """Returns about how many took part: the nearest five, at least one five and no more of them than were invited."""
    nearest = in_fives(count + noise() + FEWEST // 2)
    return min(max(FEWEST, nearest), in_fives(invited))
