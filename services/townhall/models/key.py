"""The key of a hall, which makes hands; destroyed when the event is over."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.townhall.hands import hand_of, new_key
from services.townhall.models.base import Noun
from shared.database import belongs_to
from shared.problems import RuleBroken


class KeyIsGone(RuleBroken):
    """The event is over, and with it the key that told whose upvotes and answers were whose."""


class HallKey(Noun):
    """What makes hands; there from the laying out until the end of the event, then destroyed."""

    __tablename__ = "hall_key"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    hall_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(default_factory=new_key)


def hand_in(session: Session, hall_id: UUID, member: UUID, thing: UUID) -> bytes:
    """The member's hand for one thing of a hall; raises KeyIsGone after the end."""
    key = session.scalar(select(HallKey.key).filter_by(hall_id=hall_id))
    if key is None:
        raise KeyIsGone
    return hand_of(member, thing, key)
