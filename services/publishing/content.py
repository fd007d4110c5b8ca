"""The content of a workbook: chapters, and in them passages of a few well-known kinds."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec

from services.publishing.glyphs import unprintable_in
from services.publishing.wording import N_

CARD_HOLDS = 420  # characters: what still reads well on a card of 90 x 85 mm

# characters, of what is written from now on; what was longer before is read as it is
LONGEST = {"title": 300, "text": 20_000, "attribution": 120, "first_step": 300, "alt": 400, "caption": 300}
LONGEST_PRINCIPLE = 2000  # its title is its wording, and may be an outcome's
LONGEST_LINE = 300  # of a question, or of the label of a row

Language = Annotated[
    str, msgspec.Meta(pattern=r"^([a-z]{2,3})?$")
]  # people write in more languages than we publish in
UNPRINTABLE = N_("A text has a character that cannot be printed, such as an emoji. Say it in words.")

About = Literal["", "digital_habits", "meetings", "availability", "ways_of_working"]


class Block(msgspec.Struct, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """One thing to read. A half-written one may be saved; `lacks` says what it still needs before readers see it."""

    needs: ClassVar[dict[str, str]] = {}
    is_quoted: ClassVar[bool] = False

    language: Language = ""  # of the words; empty: the workbook's own

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)

    def lacks(self) -> list[str]:
        missing = [sentence for field, sentence in self.needs.items() if not getattr(self, field)]
        return missing + ([UNPRINTABLE] if unprintable_in(self.words) else [])

    @property
    def words(self) -> str:
        """Everything of this block that is read."""
        return "\n".join(texts_in(msgspec.to_builtins(self)))


class Chapter(Block, tag="chapter"):
    """The opening of a chapter."""

    needs = {"title": N_("A chapter has no title.")}
    title: str = ""
    text: str = ""


class Section(Block, tag="section"):
    """A heading inside a chapter."""

    needs = {"title": N_("A section has no title.")}
    title: str = ""


class Text(Block, tag="text"):
    """The consultancy's and the client's own prose."""

    needs = {"text": N_("A text is empty.")}
    text: str = ""


class StaffVoice(Block, tag="staff_voice"):
    """A colleague's own words from the views. Always cleared before it is published."""

    needs = {"text": N_("A colleague's quote is empty.")}
    is_quoted = True
    text: str = ""
    attribution: str = ""


class Experience(Block, tag="experience"):
    """An experience of a colleague or a team, told or retold. It is cleared like a quote."""

    needs = {"text": N_("An experience is empty.")}
    is_quoted = True
    title: str = ""
    text: str = ""
    attribution: str = ""


class Tip(Block, tag="tip"):
    """Something to do on Monday."""

    needs = {"text": N_("A tip is empty.")}
    title: str = ""
    text: str = ""


class IdeaCard(Block, tag="idea_card"):
    """An idea for a team to try: a passage here, a card in the printed deck, a suggestion for the ground rules."""

    too_long: ClassVar[str] = N_(
        "An idea card is too long for the deck. Its text and first step take at most 420 characters."
    )
    needs = {"title": N_("An idea card has no title."), "text": N_("An idea card has no text.")}
    title: str = ""
    text: str = ""
    first_step: str = ""
    about: About = ""

    def lacks(self) -> list[str]:
        is_too_long = len(self.text) + len(self.first_step) > CARD_HOLDS
        return super().lacks() + ([self.too_long] if is_too_long else [])


class Reflection(Block, tag="reflection"):
    """Questions that a reader answers for oneself."""

    needs = {"questions": N_("A reflection exercise has no questions.")}
    title: str = ""
    text: str = ""
    questions: tuple[str, ...] = ()


class Principle(Block, tag="principle"):
    """A principle that the whole organisation has agreed on; teams inherit it in their ground rules."""

    needs = {"title": N_("A principle has no wording.")}
    title: str = ""
    text: str = ""
    about: About = ""


class Image(Block, tag="image"):
    """A picture, and in words what it shows."""

    needs = {
        "image": N_("A picture is missing its file."),
        "alt": N_("A picture is missing its description. Say in words what it shows."),
    }
    image: UUID | None = None
    alt: str = ""
    caption: str = ""


class Row(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One bar of a figure: a share between 0 and 100, with its interval when it has one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


class Figure(Block, tag="figure"):
    """A result in bars, with the table beside it."""

    needs = {"title": N_("A figure has no title."), "rows": N_("A figure has no rows.")}
    title: str = ""
    text: str = ""
    rows: tuple[Row, ...] = ()


AnyBlock = (
    Chapter
    | Section
    | Text
    | StaffVoice
    | Experience
    | Tip
    | IdeaCard
    | Reflection
    | Principle
    | Image
    | Figure
)
KINDS: dict[str, type[Block]] = {str(kind.__struct_config__.tag): kind for kind in Block.__subclasses__()}


class Passage(msgspec.Struct, kw_only=True, frozen=True):
    """A block in its place. The id is for ever: links, lineage and translations point to it."""

    id: UUID
    revision: int
    block: AnyBlock
    derived_from: tuple[UUID, ...] = ()


class ChapterOfPassages(msgspec.Struct, kw_only=True, frozen=True):
    """A chapter's opening and what follows it."""

    opening: Passage
    theme_id: UUID | None = None
    passages: tuple[Passage, ...] = ()


class Book(msgspec.Struct, kw_only=True, frozen=True):
    """The whole workbook as it stands at one moment: what is read, approved, frozen and printed."""

    title: str
    language: str
    publisher: str = ""
    subtitle: str = ""
    number: int | None = None  # of the edition; none while it is a draft
    chapters: tuple[ChapterOfPassages, ...] = ()

    def passages(self) -> Iterator[Passage]:
        for chapter in self.chapters:
            yield chapter.opening
            yield from chapter.passages

    def lacks(self) -> list[tuple[UUID | None, str]]:
        """Everything that keeps this from readers: where it is, and a sentence."""
        if not self.chapters:
            return [(None, N_("The workbook has no chapters yet."))]
        on_the_cover = f"{self.title} {self.subtitle} {self.publisher}"
        missing: list[tuple[UUID | None, str]] = [(None, UNPRINTABLE)] if unprintable_in(on_the_cover) else []
        for passage in self.passages():
            missing += [(passage.id, sentence) for sentence in passage.block.lacks()]
        return missing

    @property
    def sources(self) -> set[UUID]:
        return {source for passage in self.passages() for source in passage.derived_from}

    def without_quotes_of(self, views: set[UUID]) -> "Book":
        """Returns the book without the quotes from these views, whose authors have withdrawn them."""
        gone = {one.id for one in self.passages() if one.block.is_quoted and views & set(one.derived_from)}
        chapters = tuple(leave_out(chapter, gone) for chapter in self.chapters)
        return msgspec.structs.replace(self, chapters=chapters)


def leave_out(chapter: ChapterOfPassages, passage_ids: set[UUID]) -> ChapterOfPassages:
    stays = tuple(passage for passage in chapter.passages if passage.id not in passage_ids)
    return msgspec.structs.replace(chapter, passages=stays)


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


def read_block(written: dict) -> AnyBlock:
    """A block from JSON; msgspec.ValidationError names the field that does not fit."""
    return msgspec.convert(written, AnyBlock)


def too_long(block: Block) -> str:
    """The field whose text has no room in it, or nothing."""
    longest = LONGEST | ({"title": LONGEST_PRINCIPLE} if isinstance(block, Principle) else {})
    lines = {
        "questions": getattr(block, "questions", ()),
        "rows": [row.label for row in getattr(block, "rows", ())],
    }
    over = [name for name, most in longest.items() if len(getattr(block, name, "")) > most]
    over += [name for name, some in lines.items() if any(len(line) > LONGEST_LINE for line in some)]
    return over[0] if over else ""


def merged(base: Block, mine: Block, theirs: Block) -> Block | None:
    """Both writers' changes to one block, when they changed different fields; None when they met in the same one."""
    both: dict[str, Any] = {}
    for field in base.__struct_fields__:
        was, my, their = (getattr(block, field, None) for block in (base, mine, theirs))
        if my != was and their != was and my != their:
            return None
        both[field] = my if my != was else their
    return type(base)(**both)


def paragraphs(text: str) -> list[dict]:
    """Plain text as paragraphs and lists: an empty line parts paragraphs, lines that begin with "- " are a list."""
    flow: list[dict] = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        for line in part.split("\n"):
            put_line(line.strip(), flow)
        flow.append({"kind": "end", "lines": []})
    return [each for each in flow if each["lines"]]


def put_line(line: str, flow: list[dict]) -> None:
    kind = "list" if line.startswith("- ") else "paragraph"
    if not flow or flow[-1]["kind"] != kind:
        flow.append({"kind": kind, "lines": []})
    if line:
        flow[-1]["lines"].append(line.removeprefix("- ").strip())
