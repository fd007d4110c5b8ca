"""The words behind the workbook's sources: publishing knows them by id only, the texts stay where they were said."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import asdict

from services.portal.clients import workshop
from services.portal.clients.survey import texts_of
from shared.contracts.api.publishing_writing import Source


class Words(NamedTuple):
    text: str
    language: str


class SourceShown(Source, frozen=True, kw_only=True):
    """A source with its words."""

    text: str
    language: str


def words_of_views(run_id: UUID, ids: Collection[UUID]) -> dict[UUID, Words]:
    return {id: Words(view.text, view.language) for id, view in texts_of(run_id, ids).items()}


def words_of_outcomes(run_id: UUID, ids: Collection[UUID]) -> dict[UUID, Words]:
    found = workshop.outcome_texts(run_id, ids)
    return {id: Words(outcome.text, outcome.language) for id, outcome in found.items()}


def with_words(run_id: UUID, sources: Collection[Source]) -> list[SourceShown]:
    """Sources with their texts; one whose text is gone is left out."""
    words = words_of_views(run_id, of_kind("view", sources))
    words |= words_of_outcomes(run_id, of_kind("outcome", sources))
    return [
        SourceShown(**asdict(source), **words[source.id]._asdict())
        for source in sources
        if source.id in words
    ]


def of_kind(kind: str, sources: Collection[Source]) -> set[UUID]:
    return {source.id for source in sources if source.kind == kind}
