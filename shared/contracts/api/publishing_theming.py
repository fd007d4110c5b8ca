"""The operations of publishing for the client's look: tokens in and out, what the contrast check says, how it looks, and pictures."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from shared.contracts.api.publishing import EVERYBODY
from shared.web.fields import Filled, Line
from shared.web.file_limits import FRAME, LARGEST_PICTURE
from shared.web.operations import File, Language, Read, Service, Upload, operation

DESIGNERS = ("designer", "coordinator", "admin", "lead", "editor")
LOOKERS = (*DESIGNERS, "facilitator")  # may try colours out, but not save them
SECONDS_TO_DRAW = 45  # publishing draws for 30, after waiting for 10


class Tokens(Struct, frozen=True, kw_only=True):
    """A file of W3C Design Tokens; fields that we do not know are left alone."""

    tokens: dict[str, Any]


class TokensToSave(Tokens, frozen=True, kw_only=True):
    """`was`: the colours and pictures that it is made over (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class Sample(Tokens, frozen=True, kw_only=True):
    """A page of a workbook to look at, in these tokens."""

    title: Annotated[str, Read(Line, Filled(200))]
    language: Language = "fi"
    publisher: Annotated[str, Read(Line), Meta(max_length=200)] = ""
    page: Annotated[int, Meta(ge=1, le=20)] = 1


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a pair of colours can be told apart, and which colour to change to what where it cannot."""

    front: str
    ground: str
    where: str
    ratio: float
    at_least: float
    passes: bool
    change: str | None
    nearest: str | None


class LookShown(Struct, frozen=True, kw_only=True):
    """Colours by their names, pictures by their places."""

    colours: dict[str, str]
    pictures: dict[str, str | None]


class LookChecked(LookShown, frozen=True, kw_only=True):
    """With the contrast check's verdicts, the nearest colours that pass, and its stylesheet."""

    verdicts: list[Verdict]
    mended: dict[str, str]
    css: str


class ThemeInForce(LookChecked, frozen=True, kw_only=True):
    """The look as somebody has saved it; number 0 is ours."""

    number: int
    tokens: dict[str, Any]
    by: UUID | None
    at: datetime | None


class Picture(Struct, frozen=True, kw_only=True):
    id: UUID
    media_type: str
    width: int
    height: int


class Theming(Service, name="publishing"):
    """Asked by the portal for every page, and for those who choose the look."""

    @operation("GET", "/theme", *EVERYBODY)
    def theme(self) -> ThemeInForce:
        """The look in force: its tokens, every pair's verdict, and its stylesheet."""

    @operation("PUT", "/theme", *DESIGNERS, status=201)
    def save_theme(self, saved: TokensToSave) -> ThemeInForce:
        """Save a look; 409 with the pairs that fail and the nearest colours that pass."""

    @operation("POST", "/theme/checks", *LOOKERS, only_asks=True)
    def check_theme(self, given: Tokens) -> LookChecked:
        """Returns what the contrast check says of these tokens, without saving them."""

    @operation("POST", "/theme/proofs", *LOOKERS, only_asks=True, file="image/png")
    def theme_proof(self, sample: Sample) -> File:
        """A page of a workbook in these colours, before they are saved."""

    @operation(
        "POST",
        "/pictures",
        *DESIGNERS,
        status=201,
        tells_address=True,
        largest=LARGEST_PICTURE + FRAME,
        patience=SECONDS_TO_DRAW,
    )
    def take_in_picture(self, picture: Upload) -> Picture:
        """Take in a PNG, JPEG or WebP; it is drawn anew, so nothing that a camera noted travels along."""

    @operation("GET", "/pictures/<uuid:picture_id>", *EVERYBODY, file="image/*")
    def picture(self, picture_id: UUID) -> File:
        """A picture; the same id is always the same picture."""
