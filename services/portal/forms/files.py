"""Files in forms: what may be chosen is said beside the field, and what is refused is refused there."""

from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import FileStorage

from services.portal.clients.base import ApiProblem
from services.portal.clients.publishing import theming
from services.portal.menu import N_
from shared.languages import _, gettext
from shared.web.file_limits import (
    MEGABYTE,
    METADATA_MEGABYTES,
    MOST_MEGAPIXELS,
    PICTURE_MEGABYTES,
    SHEET_MEGABYTES,
    TEXT_MEGABYTES,
)
from shared.web.operations import Upload


@dataclass(frozen=True)
class FileKind:
    """The files that a field takes: for the browser's choice, in words, and how many megabytes at most."""

    accept: str
    words: str
    megabytes: int

    @property
    def most_bytes(self) -> int:
        return self.megabytes * MEGABYTE

    @property
    def limit(self) -> str:
        return gettext(self.words) % {"size": self.megabytes, "pixels": MOST_MEGAPIXELS}

    @property
    def too_large(self) -> str:
        return _("This file is larger than %(size)d MB. Choose a smaller one.") % {"size": self.megabytes}


# HEIC is not among them: so a phone that has it hands over a JPEG.
PICTURE = FileKind(
    "image/png,image/jpeg,image/webp",
    N_("PNG, JPEG or WebP, at most %(size)d MB and %(pixels)d megapixels."),
    PICTURE_MEGABYTES,
)
LIST = FileKind(
    ".xlsx,.ods,.xls,.csv,.tsv,.txt,text/csv",
    N_("Excel, OpenDocument, CSV or text, at most %(size)d MB."),
    SHEET_MEGABYTES,
)
TOKENS = FileKind("application/json,.json", N_("JSON, at most %(size)d MB."), TEXT_MEGABYTES)
METADATA = FileKind("application/xml,text/xml,.xml", N_("XML, at most %(size)d MB."), METADATA_MEGABYTES)
KINDS = {"picture": PICTURE, "list": LIST, "tokens": TOKENS, "metadata": METADATA}


class FileRefused(Exception):
    """A file that cannot be taken; the text is the sentence for its field."""

    def __init__(self, sentence: str, status: int = 422):
        super().__init__(sentence)
        self.status = status


def file_in(name: str, kind: FileKind) -> FileStorage | None:
    """The file that was chosen in this field; raises FileRefused where it is too large."""
    file = request.files.get(name)
    if not file or not file.filename:
        return None
    if size_of(file) > kind.most_bytes:
        raise FileRefused(kind.too_large, 413)
    return file


def size_of(file: FileStorage) -> int:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size


def picture_in(name: str) -> str | None:
    """The id of the picture that was chosen in this field, taken in; raises FileRefused with the reason."""
    if (file := file_in(name, PICTURE)) is None:
        return None
    try:
        sent = Upload(file.filename or "", file.mimetype, file.stream)
        return str(theming.take_in_picture(sent).id)
    except ApiProblem as problem:
        if problem.status not in (413, 422, 503) or not problem.detail:
            raise
        raise FileRefused(gettext(problem.detail), problem.status) from problem
