"""Asks the survey: themes, views, one's own views by receipt, the moderators' queue."""

from collections.abc import Iterable
from uuid import UUID

from services.portal.clients.typed import client
from shared.contracts.api.survey import MOST_IDS, HeldReceipts, Ids, OwnView, Survey, TextOfView
from shared.contracts.api.survey_moderation import Moderation

A_PAGE = 30
survey = client(Survey)
moderation = client(Moderation)


def own_views(run_id: UUID, receipts: Iterable[str]) -> list[OwnView]:
    return survey.own_views(run_id, HeldReceipts(receipts=list(receipts))).views


def texts_of(run_id: UUID, ids: Iterable[UUID]) -> dict[UUID, TextOfView]:
    """The words of these views by their ids, without those that may not be seen; of none nobody is asked."""
    wanted = sorted(set(ids))
    found: dict[UUID, TextOfView] = {}
    for start in range(0, len(wanted), MOST_IDS):
        found |= survey.texts(run_id, Ids(ids=wanted[start : start + MOST_IDS])).texts
    return found
