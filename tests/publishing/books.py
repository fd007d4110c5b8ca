"""A small workbook with one passage of every kind, for tests."""

import struct
import zlib
from datetime import UTC, datetime
from uuid import UUID, uuid5

from services.publishing.content import (
    Block,
    Book,
    Chapter,
    ChapterOfPassages,
    Experience,
    Figure,
    IdeaCard,
    Image,
    Passage,
    Principle,
    Reflection,
    Row,
    Section,
    StaffVoice,
    Text,
    Tip,
)

PICTURE = UUID("00000000-0000-4000-8000-00000000000a")
MOMENT = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
EVERY_KIND = (
    Text(text="Kyselyssä toistui sama toive.\n\n- Aloitetaan ajoissa\n- Lopetetaan ajoissa"),
    StaffVoice(text="Etänä olevat unohtuvat helposti.", attribution="Asiantuntija"),
    Figure(
        title="Samaa mieltä",
        text="Luettu 412 kertaa.",
        rows=(Row(label="Väli kokouksiin", value=82, low=76, high=87),),
    ),
    Section(title="Ennen kokousta"),
    Tip(title="Viiden minuutin väli", text="Päätä kokous viittä vaille."),
    IdeaCard(
        title="Kokoukseton perjantai", text="Kokeillaan kolme kuukautta.", first_step="Katsokaa kalentereita."
    ),
    Experience(
        title="Meillä kokeiltiin", text="Aloitimme hiljaisella kirjoittamisella.", attribution="Tiimi"
    ),
    Reflection(title="Oma viikko", questions=("Mikä kokous antoi eniten?", "Minkä voisi perua?")),
    Principle(title="Jokainen kuuluu mukaan", text="Kokouksessa on yksi yhteinen tila.", about="meetings"),
    Image(image=PICTURE, alt="Neljä ihmistä pöydän ääressä", caption="Toinen työpaja"),
)


def a_passage(block: Block, number: int = 0) -> Passage:
    return Passage(id=uuid5(PICTURE, f"{number} {block.kind}"), revision=1, block=block)


def a_book(*blocks: Block, language: str = "fi", **facts) -> Book:
    passages = tuple(a_passage(block, number) for number, block in enumerate(blocks))
    opening = a_passage(Chapter(title="Kokouskäytännöt", text="Kokoukset ovat työtä."))
    chapters = (ChapterOfPassages(opening=opening, passages=passages),)
    facts = {"title": "Hybridityön työkirja", "publisher": "Esimerkkivirasto", "number": 1} | facts
    return Book(language=language, chapters=chapters, **facts)


def a_picture(width: int = 4, height: int = 2) -> bytes:
    """A plain PNG, written by hand (https://www.w3.org/TR/png/)."""
    rows = b"".join(b"\x00" + b"\x88\xaa\xcc" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
