"""The named people of the demonstration, who sign in at its own sign-in page. All of them are invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Persona:
    subject: str  # how their organisation's sign-in knows them
    name: str
    organisation: str  # slug
    language: str
    doing: str  # what they are in the demonstration, for the sign-in page and the launcher's list
    roles: tuple[str, ...] = ()  # beyond participant, within their own organisation
    unit: str | None = None
    site: str | None = None

    @property
    def email(self) -> str:
        return f"{self.subject}@{self.organisation}.example"

    @property
    def claims(self) -> dict[str, object]:
        """Standard claims (OpenID Connect Core 5.1) and our own two dimensions."""
        given, _, family = self.name.partition(" ")
        claims: dict[str, object] = {
            "name": self.name,
            "given_name": given,
            "family_name": family,
            "email": self.email,
            "email_verified": True,
            "locale": self.language,
            "unit": self.unit,
            "site": self.site,
            "roles": list(self.roles) or None,
            "organisation": self.organisation,
        }
        return {name: value for name, value in claims.items() if value is not None}


CONSULTANCY = "tyohuone"
ORGANISATIONS = {
    "avi": "Aluevirasto",
    "skargard": "Skärgårdens samkommun",
    CONSULTANCY: "Työhuone Oy",
}

PERSONAS = (
    Persona("kaisa", "Kaisa Niemi", "avi", "fi", "employee", (), "Työsuojelu", "Oulu"),
    Persona("mikael", "Mikael Lindholm", "avi", "sv", "employee, in Swedish", (), "Peruspalvelut", "Vaasa"),
    Persona(
        "aino", "Aino Korhonen", "avi", "fi", "supervisor of a team", ("supervisor",), "Työsuojelu", "Oulu"
    ),
    Persona(
        "tuula", "Tuula Heikkinen", "avi", "fi", "coordinator", ("coordinator",), "Hallinto", "Hämeenlinna"
    ),
    Persona("olli", "Olli Rantala", "avi", "fi", "graphic designer", ("designer",), "Viestintä", "Helsinki"),
    Persona("sari", "Sari Lehto", "avi", "fi", "administrator", ("admin",), "Tietohallinto", "Helsinki"),
    Persona("linnea", "Linnea Öhman", "skargard", "sv", "employee", (), "Hemvården", "Pargas"),
    Persona("pekka", "Pekka Saarinen", "skargard", "fi", "employee, in Finnish", (), "Bildning", "Kimito"),
    Persona(
        "gunilla",
        "Gunilla Söderström",
        "skargard",
        "sv",
        "coordinator",
        ("coordinator", "admin"),
        "Stab",
        "Pargas",
    ),
    Persona("henna", "Henna Virta", CONSULTANCY, "fi", "leads the clients' paths", ("lead",)),
    Persona("jari", "Jari Salo", CONSULTANCY, "fi", "facilitates workshops", ("facilitator",)),
    Persona("eeva", "Eeva Ström", CONSULTANCY, "sv", "writes the workbooks", ("editor",)),
)


def of(organisation: str) -> list[Persona]:
    return [persona for persona in PERSONAS if persona.organisation == organisation]
