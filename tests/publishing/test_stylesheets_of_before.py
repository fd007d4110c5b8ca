"""An installation of before comes along: each client's pages keep their colours."""

from uuid import uuid4

from sqlalchemy import text

from services.publishing.tokens import Look
from tests.installations import act_for, migrate, of_before, put

BLUE, GREEN = Look(brand="#2f5d8c"), Look(brand="#2a6b3c")


def test_the_look_in_force_has_its_stylesheet(server, database):
    with of_before(server, database, {"publishing": "publishing_0003"}) as before:
        avi, kela = uuid4(), uuid4()
        for tenant, looks in ((avi, (Look(), BLUE)), (kela, (GREEN,))):
            act_for(before, tenant)
            for number, look in enumerate(looks):
                put(before, "theme", id=uuid4(), number=number, tokens=look.to_tokens())
        migrate(before, "publishing", "head")
        for tenant, look in ((avi, BLUE), (kela, GREEN)):
            act_for(before, tenant)
            worn = "SELECT css FROM theme WHERE tenant_id = :tenant ORDER BY number DESC LIMIT 1"
            assert before.scalar(text(worn), {"tenant": tenant}) == look.css()
        guarded = "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'publishing.theme'::regclass"
        assert before.scalar(text(guarded))
