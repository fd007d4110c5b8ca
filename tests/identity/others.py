"""The services that know who has taken part, as identity meets them: by pseudonym, over HTTP."""

import json
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import pytest

from services.identity.models import PseudonymKey
from services.identity.people.turnout_counts import COUNTS, at_the_end, each_night
from services.identity.pseudonyms import took_part
from services.identity.pseudonyms.took_part import ASKED
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import issuer_of, verify
from tests.identity.houses import House

RUN = UUID("22222222-2222-4222-8222-222222222222")


@dataclass
class Others:
    """They answer who of the pseudonyms they are asked for has taken part."""

    house: House
    pseudonyms: dict[str, set[UUID]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict]] = field(default_factory=list)
    are_away: bool = False

    def answer(self, service: str, request: httpx2.Request) -> httpx2.Response:
        if self.are_away:
            raise httpx2.ConnectError("nobody there")
        token = request.headers["Authorization"].removeprefix("Bearer ")
        assert verify(token, service).tenant == self.house.id and issuer_of(token) == "turnout"
        asked = json.loads(request.content)
        self.asked.append((service, request.url.path, asked))
        known = self.pseudonyms.get(asked["activity"], set())
        return httpx2.Response(
            200, json={"took_part": [one for one in asked["pseudonyms"] if UUID(one) in known]}
        )

    def hear_of(self, members: list[UUID], activity: str = "give_views", purpose: str | None = None) -> None:
        """These members take part."""
        numbers = pseudonyms(self.house, members, purpose or ASKED[activity])
        self.pseudonyms.setdefault(activity, set()).update(numbers)

    def night(self, activity: str = "give_views"):
        """It is counted at night; returns when again."""
        return self._count(each_night(activity))

    def end(self, activity: str = "give_views"):
        """It is counted for the last time."""
        return self._count(at_the_end(activity))

    def _count(self, timer: str):
        with acting_for(self.house.id):
            return COUNTS[timer](RUN)


def pseudonyms(house: House, members: list[UUID], purpose: str = "survey") -> list[UUID]:
    house.plans(RUN)
    with acting_for(house.id), sessions_of("identity").begin() as session:
        return list(PseudonymKey.of(RUN, purpose, session).pseudonyms(members).values())


@pytest.fixture
def others(avis, monkeypatch) -> Others:
    others = Others(avis)

    def way_to(service: str) -> httpx2.Client:
        transport = httpx2.MockTransport(lambda request: others.answer(service, request))
        return httpx2.Client(base_url=f"http://{service}", transport=transport)

    monkeypatch.setattr(took_part, "way_to", way_to)
    return others
