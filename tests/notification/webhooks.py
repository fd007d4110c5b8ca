"""An administrator with an endpoint, and time that passes for its deliveries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier

from services.notification.listeners import jobs
from shared.contracts.process import PlanAgreed
from shared.database import worker_engine_of, worker_sessions_of
from tests.conftest import Door
from tests.notification.receiver import Got, Receiver


@dataclass
class Hook:
    """An endpoint as its administrator knows it."""

    id: UUID
    secret: str
    admin: Door

    @property
    def path(self) -> str:
        return f"/webhooks/{self.id}"

    def log(self, **asked: Any) -> list[dict[str, Any]]:
        return self.admin.get(f"{self.path}/deliveries", query_string=asked).json["items"]

    def state(self) -> str:
        return self.admin.get(self.path).json["state"]


def verified(got: Got, secret: str) -> Any:
    """What came, by the library that receivers use; it raises when the signature is not ours."""
    return Verifier(secret).verify(got.body, got.headers)


@pytest.fixture
def one_machine(monkeypatch) -> None:
    """As in the demonstration, endpoints may lie on this machine."""
    monkeypatch.setenv("POLKU_DEMONSTRATION", "yes")


@pytest.fixture
def receiver(one_machine) -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def sari(http, avi) -> Door:
    return http("notification").as_("admin", "participant")


@pytest.fixture
def register(sari) -> Callable[..., Hook]:
    def register(address: str, *events: type, admin: Door = sari) -> Hook:
        types = [event.type for event in events or (PlanAgreed,)]
        answer = admin.post("/webhooks", json={"name": "Intranet", "address": address, "types": types})
        assert answer.status_code == 201, answer.json
        return Hook(UUID(answer.json["id"]), answer.json["secret"], admin)

    return register


@pytest.fixture
def hook(register, receiver) -> Hook:
    return register(receiver.address)


@pytest.fixture
def calls_go_out(world, avi) -> Callable[..., None]:
    """So many hours go by, and what is due then is tried."""
    engine = worker_engine_of("notification")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM timer WHERE name = 'deliver'"))  # what earlier tests left

    def go(hours: float = 0, tenant: UUID = world.avi) -> None:
        with engine.begin() as connection:
            connection.execute(
                text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)}
            )
            for line in HOURS_GO_BY:
                connection.execute(text(line), {"tenant": tenant, "hours": hours})
        jobs.run_what_is_due(worker_sessions_of("notification"))

    return go


# The clock cannot be moved, so all the times move.
BACK = "- :hours * interval '1 hour'"
HOURS_GO_BY = (
    f"UPDATE timer SET due_at = due_at {BACK} WHERE tenant_id = :tenant AND name = 'deliver'",
    f"UPDATE delivery SET due_at = due_at {BACK}, first_tried_at = first_tried_at {BACK}",
    f"UPDATE webhook SET rests_until = rests_until {BACK}, busy_until = busy_until {BACK},"
    f" failing_since = failing_since {BACK}, old_secret_until = old_secret_until {BACK}",
)
