"""Opens the demonstration's consultancy, so that its people can sign in at the console; everything else is done there."""

from infra.demo.personas import CONSULTANCY, ORGANISATIONS, of
from services.identity.bootstrap import open_consultancy
from shared.settings import setting


def main() -> None:
    way_in = {
        "name": ORGANISATIONS[CONSULTANCY],
        "issuer": setting("SIGN_IN"),
        "client_id": f"polku-{CONSULTANCY}",
        "secret": "not-secret-in-the-demonstration",
        "domains": [f"{CONSULTANCY}.example"],
        "role_names": {role: role for persona in of(CONSULTANCY) for role in persona.roles},
    }
    open_consultancy(CONSULTANCY, ORGANISATIONS[CONSULTANCY], way_in)


if __name__ == "__main__":
    main()
