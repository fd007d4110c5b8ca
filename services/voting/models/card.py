"""The cards of a hand: the views dealt to one reader, the answers, and what of them the counters hold already."""

from collections.abc import Collection, Iterable
from uuid import UUID

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from shared.contracts.api.voting import Word

ANSWERS: dict[Word, int] = {"agree": 1, "pass": 0, "disagree": -1}
WORDS: dict[int, Word] = {number: word for word, number in ANSWERS.items()}
READINGS_A_HEART = 4


class Card(Struct, array_like=True):
    """One view before one reader. Cards lie in the hand in the order of dealing."""

    view_id: UUID
    batch: int
    answer: int | None = None
    heart: int = 0
    """The how manieth of the hand's hearts it was when it was given; 0 for none."""
    counted: int | None = None
    counted_heart: bool = False

    @property
    def word(self) -> Word | None:
        return None if self.answer is None else WORDS[self.answer]

    @property
    def is_uncounted(self) -> bool:
        return self.answer != self.counted or bool(self.heart) != self.counted_heart


class Held(Struct, array_like=True):
    """Everything that is known of one reader in one run. It is stored sealed only (services/voting/models/sealing.py)."""

    unit: str | None = None
    site: str | None = None
    languages: list[str] | None = None
    batches: int = 0
    cards: list[Card] = []
    counted_as_voter: bool = False

    def packed(self) -> bytes:
        return _pack(self)

    @classmethod
    def unpacked(cls, packed: bytes) -> "Held":
        return _unpack(packed)

    @property
    def answered(self) -> int:
        return sum(card.answer is not None for card in self.cards)

    @property
    def is_uncounted(self) -> bool:
        return any(card.is_uncounted for card in self.cards)

    def hearted(self, gone: Collection[UUID]) -> list[Card]:
        """The cards with a heart whose views stand, in the order of giving."""
        given = [card for card in self.cards if card.heart and card.view_id not in gone]
        return sorted(given, key=lambda card: card.heart)

    def next_heart(self) -> int:
        return 1 + max((card.heart for card in self.cards), default=0)

    def let_hearts_fall(self, gone: Collection[UUID]) -> None:
        """Takes back the latest hearts that are not earned, where a view stands again whose heart was given elsewhere meanwhile."""
        for card in self.hearted(gone)[self.answered // READINGS_A_HEART :]:
            card.heart = 0

    def take(self, view_ids: Iterable[UUID]) -> None:
        self.batches += 1
        self.cards += [Card(view_id, self.batches) for view_id in view_ids]

    def mark_as_counted(self) -> None:
        for card in self.cards:
            card.counted, card.counted_heart = card.answer, bool(card.heart)
        self.counted_as_voter = bool(self.answered)


_pack, _unpack = Encoder(uuid_format="bytes").encode, Decoder(Held).decode
