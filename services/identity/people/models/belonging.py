"""The units and sites of people when an activity opened: by these they are counted, whoever is moved afterwards."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    Uuid,
    any_,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.member import Member, is_here
from shared.database import belongs_to
from shared.tenancy.sessions import TenantOwned


class Belonging(TenantOwned, Base):
    """A member's unit and site for the counts of one activity. Whoever moves people about while it goes on would otherwise
    read from two counts whether somebody has taken part."""

    __tablename__ = "belonging"
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID | None]
    site_id: Mapped[UUID | None]
    __table_args__ = (
        belongs_to("member_id", "member.id"),
        belongs_to("unit_id", "unit.id"),
        belongs_to("site_id", "site.id"),
    )

    @classmethod
    def note(cls, run_id: UUID, activity: str, session: Session) -> None:
        """Writes down where everybody belongs who is here and not down yet. A unit or site that was not known is added once; what
        is written down stays."""
        now = insert(cls).from_select(
            ["run_id", "activity", "member_id", "unit_id", "site_id"], people_of(run_id, activity)
        )
        known = now.excluded
        news = {
            "unit_id": func.coalesce(cls.unit_id, known.unit_id),
            "site_id": func.coalesce(cls.site_id, known.site_id),
        }
        is_news = (cls.unit_id.is_(None) & known.unit_id.is_not(None)) | (
            cls.site_id.is_(None) & known.site_id.is_not(None)
        )
        keys = ["tenant_id", "run_id", "activity", "member_id"]
        session.execute(now.on_conflict_do_update(index_elements=keys, set_=news, where=is_news))

    @classmethod
    def of_all(cls, run_id: UUID, activity: str, took_part: Collection[UUID]) -> Subquery:
        """Returns member, unit and site of everybody who is down, and of those who took part and are gone without it: they are
        counted and not written down, because a row of theirs would say that they took part."""
        down = select(cls.member_id, cls.unit_id, cls.site_id).filter_by(run_id=run_id, activity=activity)
        gone = select(Member.id, Member.unit_id, Member.site_id).where(
            is_one_of(Member.id, took_part), Member.id.not_in(down.with_only_columns(cls.member_id))
        )
        return union_all(down, gone).subquery()

    @classmethod
    def places(cls, run_id: UUID, activity: str, session: Session) -> Subquery:
        """Returns unit and site of everybody as written down; as they are today where nothing is yet."""
        down = select(cls.unit_id, cls.site_id).filter_by(run_id=run_id, activity=activity)
        if session.scalar(select(down.exists())):
            return down.subquery()
        return select(Member.unit_id, Member.site_id).where(is_here()).subquery()


def people_of(run_id: UUID, activity: str) -> Select[UUID, str, UUID, UUID | None, UUID | None]:
    columns = (literal(run_id), literal(activity), Member.id, Member.unit_id, Member.site_id)
    return select(*columns).where(is_here())


def is_one_of(column: SQLColumnExpression[UUID], people: Collection[UUID]) -> ColumnElement[bool]:
    return column == any_(literal(list(people), ARRAY(Uuid)))
