"""The operations of workshop on a group's board."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import marshmallow as ma
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.web.fields import Filled
from shared.web.operations import Language, Read, Service, operation
from shared.web.shapes import ShapeSchema

Kind = Literal["add", "edit", "move", "remove", "restore", "merge", "split", "mark", "unmark", "judge"]
Note = Annotated[int, Meta(ge=1, le=5)]
NEEDED = {
    "add": ("text", "language", "column"),
    "edit": ("card", "text"),
    "move": ("card", "column"),
    "merge": ("card", "into"),
    "judge": ("card", "effect", "effort"),
} | dict.fromkeys(("remove", "restore", "split", "mark", "unmark"), ("card",))


class HasWhatItNeeds(ShapeSchema):
    """Reads an act, and refuses one without the fields that its kind needs."""

    @ma.validates_schema
    def has_what_it_needs(self, act: dict[str, Any], **_: Any) -> None:
        missing = [name for name in NEEDED[act["kind"]] if act.get(name) in (None, "")]
        if missing:
            raise ma.ValidationError({name: ["This is needed."] for name in missing})


class Act(Struct, frozen=True, kw_only=True):
    """One act on a board. The same `id` sent again is done once; `before` names the card to stand before. `was`: what the page of the edit
    showed (shared/web/edit_conflicts.py)."""

    checks: ClassVar[type[ShapeSchema]] = HasWhatItNeeds

    kind: Kind
    id: UUID | None = None
    card: UUID | None = None
    text: Annotated[str, Read(None, Filled(2000))] | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    column: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    before: UUID | UnsetType = UNSET
    into: UUID | UnsetType = UNSET
    views: Annotated[list[UUID], Meta(max_length=20)] | UnsetType = UNSET
    effect: Note | UnsetType = UNSET
    effort: Note | UnsetType = UNSET
    was: dict[str, Any] | None = None


class Acted(Struct, frozen=True, kw_only=True):
    """The act's number in the board's log, its card, and the version of the board by then."""

    number: int
    card: str
    version: int


class Boards(Service, name="workshop"):
    """Asked by the portal for a member of the board's group."""

    @operation("POST", "/boards/<uuid:board_id>/operations", "participant", status=201)
    def act(self, board_id: UUID, act: Act) -> Acted:
        """Add, edit, move, remove, merge, mark or judge a card."""

    @operation("POST", "/boards/<uuid:board_id>/undo", "participant", status=201)
    def undo(self, board_id: UUID) -> Acted:
        """Take back the caller's latest act."""
