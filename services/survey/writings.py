"""The writings of one author, and how they are sealed."""

from uuid import UUID

import msgspec

from shared.privacy.keys import Key

SIZES = (16_384, 65_536)
"""Bytes of a sealed row: some ten long views fit into the first class."""


class Words(msgspec.Struct, array_like=True):
    """A text and its language."""

    text: str
    language: str


class Waiting(msgspec.Struct, array_like=True):
    """A view that has not left its author's row; without text it was taken back there."""

    id: UUID
    theme_id: UUID
    text: str | None
    language: str
    receipt_hash: bytes


class Writings(msgspec.Struct):
    """An author's drafts by theme, views that wait, new wordings that wait by view, and the themes of her views by view."""

    drafts: dict[UUID, Words] = {}
    waiting: list[Waiting] = []
    revisions: dict[UUID, Words] = {}
    given: dict[UUID, UUID] = {}

    @property
    def something_waits(self) -> bool:
        return bool(self.revisions or self.unread)

    @property
    def unread(self) -> list[Waiting]:
        """Views that are to leave."""
        return [view for view in self.waiting if view.text is not None]

    @property
    def wrote(self) -> bool:
        return bool(self.given or self.waiting)

    def holds(self, view_id: UUID) -> bool:
        return view_id in self.given or self.view(view_id) is not None

    def view(self, view_id: UUID) -> Waiting | None:
        return next((view for view in self.waiting if view.id == view_id), None)

    def with_receipt(self, receipt_hash: bytes) -> Waiting | None:
        return next((view for view in self.waiting if view.receipt_hash == receipt_hash), None)


_pack = msgspec.msgpack.Encoder(uuid_format="bytes")
_unpack = msgspec.msgpack.Decoder(Writings)


def about(tenant: UUID, run_id: UUID, pseudonym: UUID, version: int) -> bytes:
    """Names the row and its version: sealed for one, it opens for no other."""
    return b"".join((tenant.bytes, run_id.bytes, pseudonym.bytes, version.to_bytes(8)))


def packed(writings: Writings) -> bytes:
    return _pack.encode(writings)


def sealed(writings: Writings, key: Key, about: bytes) -> bytes:
    return key.seal(packed(writings), about, SIZES)


def opened(sealed: bytes, key: Key, about: bytes) -> Writings:
    return _unpack.decode(key.open(sealed, about))
