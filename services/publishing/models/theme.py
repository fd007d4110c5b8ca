"""The client's look and pictures."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.publishing.drawing import drawn_anew
from services.publishing.models.base import Base
from services.publishing.tokens import Look, Verdict
from shared.database import moment, new_id, unique_in_tenant
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

OURS = Look()


@cache
def css_of_ours() -> str:
    return OURS.css()


class ContrastTooLow(RuleBroken):
    """Some of these colours cannot be told apart by everybody. Take the colours that are offered, or choose others."""

    def __init__(self, verdicts: list[Verdict]):
        super().__init__()
        self.verdicts = verdicts


class Theme(TenantOwned, Base):
    """The client's design tokens as somebody saved them; the one with the highest number counts."""

    __tablename__ = "theme"
    __table_args__ = (unique_in_tenant("number"),)

    id: Mapped[UUID] = new_id()
    number: Mapped[int]
    tokens: Mapped[dict] = mapped_column(JSONB)
    css: Mapped[str]  # made when it is saved: to look for colours that can be read at night takes a while
    by: Mapped[UUID | None] = mapped_column(default=None)  # none: ours, before the client has set its own
    at: Mapped[datetime] = moment()

    @property
    def look(self) -> Look:
        return Look.from_tokens(self.tokens)

    @classmethod
    def of_ours(cls) -> "Theme":
        """The theme before anybody has saved one."""
        return cls(number=0, tokens=OURS.to_tokens(), css=css_of_ours())

    def followed_by(self, look: Look, by: UUID) -> "Theme":
        """A new look; refused where a pair of colours has too little contrast (F4)."""
        failing = [verdict for verdict in look.verdicts() if not verdict.passes]
        if failing:
            raise ContrastTooLow(failing)
        return Theme(number=self.number + 1, tokens=look.to_tokens(), css=look.css(), by=by)


class Picture(TenantOwned, Base):
    """A picture of the client's, drawn anew on arrival: what a camera noted about place and owner does not travel along."""

    __tablename__ = "picture"

    id: Mapped[UUID] = new_id()
    content: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    by: Mapped[UUID]
    at: Mapped[datetime] = moment()

    @classmethod
    def from_upload(cls, uploaded: bytes, by: UUID) -> "Picture":
        return cls(by=by, **drawn_anew(uploaded))
