"""A question for the workshops: grown from colleagues' views, worded by staff, every change in its log."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workshop.models.base import Base
from shared.contracts.workshop import QuestionPutAside, QuestionSourcesChanged, QuestionTabled
from shared.database import belongs_to, find, new_id, session_of, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.cleaning import shows_something


class NoWordingYet(RuleBroken):
    """The question has no wording yet. Write it, then bring it to the table."""


class NoSourcesYet(RuleBroken):
    """A question needs at least one view behind it. Add one, then bring it to the table."""


class ReasonNeeded(RuleBroken):
    """Putting a question aside needs a reason. Colleagues voted for its views."""

    field = "reason"


class NotOnTheDesk(RuleBroken):
    """This question has been joined to another or put aside. Take it back first."""


class ViewIsNotBehind(RuleBroken):
    """This view is not behind the question. Look at the list again."""


class NothingToSplit(RuleBroken):
    """Choose some of the views, but not all: at least one stays with the question."""

    field = "views"


class JoinAnother(RuleBroken):
    """Choose another question of the same theme to join."""


class NothingToUndo(RuleBroken):
    """There is nothing to undo here."""


class ChangedSince(RuleBroken):
    """The other question has changed since, so this cannot be undone by itself. Move its views by hand."""


class Source(TenantOwned, Base):
    """A view that stands behind a question."""

    __tablename__ = "source"
    __table_args__ = (
        belongs_to("question_id", "question.id"),
        unique_in_tenant("question_id", "view_id"),
        Index(None, "tenant_id", "view_id"),
    )
    id: Mapped[UUID] = new_id()
    question_id: Mapped[UUID] = mapped_column(init=False)
    view_id: Mapped[UUID]
    position: Mapped[int]


class Change(TenantOwned, Base):
    """One line of a question's log: who did what, when, and why."""

    __tablename__ = "change"
    __table_args__ = (
        belongs_to("question_id", "question.id"),
        Index(None, "tenant_id", "question_id", "position"),
    )
    id: Mapped[UUID] = new_id()
    question_id: Mapped[UUID] = mapped_column(init=False)
    position: Mapped[int]
    what: Mapped[str]
    by: Mapped[UUID | None]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    views: Mapped[list[str]] = mapped_column(JSONB, default_factory=list)
    other_id: Mapped[UUID | None] = mapped_column(default=None)
    is_undone: Mapped[bool] = mapped_column(default=False)


def written_in(wording: dict[str, str]) -> dict[str, str]:
    """The languages in which something is written."""
    return {language: text.strip() for language, text in wording.items() if text.strip()}


class Question(TenantOwned, TellsOthers, Base):
    """A question on its way to the workshops: proposed, tabled, put aside, or joined to another."""

    __tablename__ = "question"
    __table_args__ = (
        Index(None, "tenant_id", "run_id", "theme_id"),
        unique_in_tenant("run_id", "seed_view_id"),
        CheckConstraint("state IN ('proposed', 'tabled', 'put_aside', 'joined')", name="state"),
    )
    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    seed_view_id: Mapped[UUID | None] = mapped_column(default=None)
    """The view whose seat proposed it."""
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="proposed")
    wording: Mapped[dict[str, str]] = mapped_column(JSONB, default_factory=dict)
    joined_to: Mapped[UUID | None] = mapped_column(default=None)
    sources: Mapped[list[Source]] = relationship(
        primaryjoin="foreign(Source.question_id) == Question.id",
        order_by="Source.position",
        cascade="all, delete-orphan",
        lazy="selectin",
        default_factory=list,
    )
    changes: Mapped[list[Change]] = relationship(
        primaryjoin="foreign(Change.question_id) == Question.id",
        order_by="Change.position",
        cascade="all, delete-orphan",
        default_factory=list,
    )

    @classmethod
    def proposed(cls, run_id: UUID, theme_id: UUID, view_id: UUID, position: int) -> "Question":
        """A question that the seat of a view proposes."""
        question = cls(run_id=run_id, theme_id=theme_id, seed_view_id=view_id, position=position)
        question._put_behind([view_id])
        question._note("proposed", None, views=[view_id])
        return question

    @classmethod
    def ask(cls, run_id: UUID, theme_id: UUID, views: list[UUID], wording: dict, by: UUID) -> "Question":
        """A question that staff bring themselves."""
        question = cls(run_id=run_id, theme_id=theme_id, wording=wording, position=1000)
        question._put_behind(views)
        question._note("asked", by, views=views)
        return question

    @property
    def view_ids(self) -> list[UUID]:
        return [source.view_id for source in self.sources]

    def say(self, wording: dict[str, str], by: UUID) -> None:
        self._must_be_on_the_desk()
        self.wording = written_in(wording)
        self._note("worded", by)

    def bring_to_the_table(self, by: UUID) -> None:
        self._must_be_on_the_desk()
        if not self.wording:
            raise NoWordingYet
        if not self.sources:
            raise NoSourcesYet
        if self.state != "tabled":
            self.state = "tabled"
            self._note("tabled", by)
            self._tell_tabled()

    def put_aside(self, reason: str, by: UUID) -> None:
        self._must_be_on_the_desk()
        if not shows_something(reason):
            raise ReasonNeeded
        self.state = "put_aside"
        self._note("put_aside", by, reason=reason.strip())
        self.tell(QuestionPutAside(run_id=self.run_id, question_id=self.id))

    def take_back(self, by: UUID) -> None:
        if self.state != "put_aside":
            raise NothingToUndo
        self.state = "proposed"
        self._note("taken_back", by)

    def add_source(self, view_id: UUID, by: UUID) -> None:
        self._must_be_on_the_desk()
        if view_id not in self.view_ids:
            self._put_behind([view_id])
            self._note("source_added", by, views=[view_id])
            self._tell_sources()

    def remove_source(self, view_id: UUID, by: UUID | None, reason: str = "") -> None:
        self._take_from_behind([view_id])
        self._note("source_removed", by, views=[view_id], reason=reason)
        self._tell_sources()

    def join(self, other: "Question", by: UUID) -> None:
        """The other question's views stand behind this one from now on."""
        self._must_be_on_the_desk()
        other._must_be_on_the_desk()
        if other is self or (other.run_id, other.theme_id) != (self.run_id, self.theme_id):
            raise JoinAnother
        moved = [view for view in other.view_ids if view not in self.view_ids]
        self._put_behind(moved)
        other.state, other.joined_to = "joined", self.id
        self._note("joined", by, views=moved, other_id=other.id)
        self._tell_sources()

    def split(self, views: list[UUID], by: UUID) -> "Question":
        """Some of the views become a question of their own."""
        self._must_be_on_the_desk()
        if not views or len(set(views)) >= len(self.sources):
            raise NothingToSplit
        self._take_from_behind(views)
        part = Question(run_id=self.run_id, theme_id=self.theme_id, position=self.position)
        part._put_behind(views)
        part._note("split_off", by, views=views, other_id=self.id)
        self._note("split", by, views=views, other_id=part.id)
        self._tell_sources()
        return part

    def undo(self, by: UUID) -> None:
        """Take back the latest change of the views behind the question."""
        change = next(
            (one for one in reversed(self.changes) if one.what in UNDOING and not one.is_undone), None
        )
        if change is None:
            raise NothingToUndo
        UNDOING[change.what](self, change)
        change.is_undone = True
        self._note("undone", by, views=change.views, other_id=change.other_id, reason=change.what)
        self._tell_sources()

    def _give_back(self, change: Change) -> None:
        other = self._other(change)
        if other.joined_to != self.id:
            raise ChangedSince
        self._take_from_behind(UUID(view) for view in change.views)
        other.state, other.joined_to = "proposed", None

    def _take_in_again(self, change: Change) -> None:
        part, views = self._other(change), [UUID(view) for view in change.views]
        if part.state not in ("proposed", "tabled") or set(part.view_ids) != set(views):
            raise ChangedSince
        part.state, part.joined_to = "joined", self.id
        self._put_behind(views)

    def _let_go_again(self, change: Change) -> None:
        self._take_from_behind(UUID(view) for view in change.views)

    def _add_again(self, change: Change) -> None:
        self._put_behind(UUID(view) for view in change.views)

    def _other(self, change: Change) -> "Question":
        assert change.other_id is not None
        return find(session_of(self), Question, change.other_id)

    def _put_behind(self, views: Iterable[UUID]) -> None:
        for view_id in views:
            if view_id not in self.view_ids:
                self.sources.append(Source(view_id=view_id, position=len(self.sources) + 1))

    def _take_from_behind(self, views: Iterable[UUID]) -> None:
        for view_id in views:
            source = next((one for one in self.sources if one.view_id == view_id), None)
            if source is None:
                raise ViewIsNotBehind
            self.sources.remove(source)

    def _must_be_on_the_desk(self) -> None:
        if self.state in ("put_aside", "joined"):
            raise NotOnTheDesk

    def _note(self, what: str, by: UUID | None, views: Iterable[UUID | str] = (), **more: Any) -> None:
        named = [str(view) for view in views]
        place = len(self.changes) + 1
        self.changes.append(
            Change(position=place, what=what, by=by, at=datetime.now(UTC), views=named, **more)
        )

    def _tell_tabled(self) -> None:
        about = {"run_id": self.run_id, "question_id": self.id, "theme_id": self.theme_id}
        self.tell(QuestionTabled(**about, derived_from=self.view_ids))

    def _tell_sources(self) -> None:
        """Only what is on the table is known to others."""
        if self.state == "tabled":
            self.tell(
                QuestionSourcesChanged(run_id=self.run_id, question_id=self.id, derived_from=self.view_ids)
            )


UNDOING = {
    "joined": Question._give_back,
    "split": Question._take_in_again,
    "source_added": Question._let_go_again,
    "source_removed": Question._add_again,
}
