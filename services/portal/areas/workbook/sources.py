"""The words behind the workbook's sources: publishing knows them by id only, the texts stay where they were said."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec import to_builtins

from services.portal.clients import workshop
from services.portal.clients.survey import texts_by_name

Words = dict[str, dict[str, Any]]


def words_of_views(run_id: UUID, ids: Iterable[str]) -> Words:
    return {id: to_builtins(words) for id, words in texts_by_name(run_id, ids).items()}


def words_of_outcomes(run_id: UUID, ids: Iterable[str]) -> Words:
    found = workshop.outcome_texts(run_id, map(UUID, ids))
    return {str(id): to_builtins(words) for id, words in found.items()}


def with_words(run_id: UUID, sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sources with their texts; one whose text is gone is left out."""
    by_kind = {"view": words_of_views, "outcome": words_of_outcomes}
    found: Words = {}
    for kind, fetch in by_kind.items():
        found |= fetch(run_id, [source["id"] for source in sources if source["kind"] == kind])
    return [
        source | found[source["id"]] | {"kind": source["kind"]} for source in sources if source["id"] in found
    ]
