"""`python -m infra.demo.moved`: lets the demonstration's organisations know their sign-in at the address that it has now.

It is one program for invented people, who stay who they are; a provider of the real world that moves is another one.
"""

from uuid import UUID

from sqlalchemy import select, update

from services.identity.models import Connection, Host, Member
from shared.database import sessions_of
from shared.settings import setting
from shared.tenancy.sessions import acting_for

ON_THIS_MACHINE = "http://127.0.0.1:%"  # plain http is the demonstration's own; everybody else speaks https


def main() -> None:
    for tenant in organisations():
        with acting_for(tenant), sessions_of("identity").begin() as session:
            for noun in (Connection, Member):
                known = update(noun).where(
                    noun.issuer.like(ON_THIS_MACHINE), noun.issuer != setting("SIGN_IN")
                )
                session.execute(known.values(issuer=setting("SIGN_IN")))


def organisations() -> list[UUID]:
    with acting_for(UUID(int=0)), sessions_of("identity")() as session:
        return list(session.scalars(select(Host.organisation_id).distinct()))


if __name__ == "__main__":
    main()
