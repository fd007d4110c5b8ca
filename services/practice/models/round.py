"""The agreeing round: everybody who is present says whether they can live with the rules as they stand."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.practice.models.base import Base
from shared.database import belongs_to, new_id
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.cleaning import shows_something

CAN_LIVE, NEEDS_TALK = "can_live", "needs_talk"


class NotAtThisRound(RuleBroken):
    """You are not among those present in this round. Ask the lead to take the rules back to the table and begin again."""


class SayWhatToTalkAbout(RuleBroken):
    """Say in a few words what needs talk, so that the team can take it up."""

    status = 422
    field = "reason"


class Round(TenantOwned, Base):
    """One asking of everybody present."""

    __tablename__ = "round"
    __table_args__ = (belongs_to("agreement_id", "agreement.id"),)

    id: Mapped[UUID] = new_id()
    agreement_id: Mapped[UUID]
    version: Mapped[int]
    present: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    review_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")  # open | agreed | taken_back
    opened_on: Mapped[date] = mapped_column(init=False, server_default=func.current_date())
    voices: Mapped[list["Voice"]] = relationship(
        primaryjoin="Round.id == foreign(Voice.round_id)", cascade="all, delete-orphan", default_factory=list
    )

    def hear(self, member: UUID, says: str, reason: str = "", clause_id: UUID | None = None) -> "Voice":
        """Take a voice, or change it; a "needs talk" keeps its reason when it turns into consent."""
        if member not in self.present:
            raise NotAtThisRound
        if says == NEEDS_TALK and not shows_something(reason):
            raise SayWhatToTalkAbout
        voice = self.voice_of(member) or self._first(member)
        voice.says = says
        if says == NEEDS_TALK:
            voice.reason, voice.clause_id, voice.resolution = reason.strip(), clause_id, ""
        return voice

    def _first(self, member: UUID) -> "Voice":
        voice = Voice(member_id=member)
        self.voices.append(voice)
        return voice

    def voice_of(self, member: UUID) -> "Voice | None":
        return next((voice for voice in self.voices if voice.member_id == member), None)

    def excuse(self, member: UUID) -> None:
        """Somebody is not in the team any more; nobody waits for them."""
        self.present = [one for one in self.present if one != member]

    @property
    def waits_for(self) -> list[UUID]:
        content = {voice.member_id for voice in self.voices if voice.says == CAN_LIVE}
        return [member for member in self.present if member not in content]

    @property
    def all_can_live_with_it(self) -> bool:
        return bool(self.present) and not self.waits_for


class Voice(TenantOwned, Base):
    """The word of one member in a round."""

    __tablename__ = "voice"
    __table_args__ = (belongs_to("round_id", "round.id"),)

    round_id: Mapped[UUID] = mapped_column(primary_key=True, init=False)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    says: Mapped[str] = mapped_column(default=NEEDS_TALK)  # can_live | needs_talk
    reason: Mapped[str] = mapped_column(default="")
    clause_id: Mapped[UUID | None] = mapped_column(default=None)
    resolution: Mapped[str] = mapped_column(default="")
