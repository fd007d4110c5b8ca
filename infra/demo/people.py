"""The demonstration's participants: the named personas, and colleagues who only make up the numbers."""

from infra.demo.personas import Persona, of
from infra.demo.walker.cast import Participant
from infra.demo.walker.visitor import Visitor

COLLEAGUES = {
    "avi": (
        ("Maija Mäkinen", "Peruspalvelut", "Vaasa", "fi"),
        ("Timo Järvinen", "Ympäristöluvat", "Oulu", "fi"),
        ("Åsa Nyström", "Peruspalvelut", "Vaasa", "sv"),
        ("Riitta Laine", "Työsuojelu", "Hämeenlinna", "fi"),
        ("Jukka Koski", "Ympäristöluvat", "Helsinki", "fi"),
        ("Inkeri Salmi", "Hallinto", "Hämeenlinna", "fi"),
    ),
    "skargard": (
        ("Bo Sjöblom", "Hemvården", "Pargas", "sv"),
        ("Camilla Holm", "Bildning", "Kimito", "sv"),
        ("Johan Westerlund", "Teknik", "Nagu", "sv"),
        ("Päivi Aalto", "Hemvården", "Pargas", "fi"),
        ("Maria Ekström", "Bildning", "Nagu", "sv"),
        ("Stefan Lundqvist", "Teknik", "Kimito", "sv"),
        ("Eva Karlsson", "Stab", "Pargas", "sv"),
    ),
}


def everybody_of(organisation: str) -> list[Participant]:
    personas = [participant(nr, persona) for nr, persona in enumerate(of(organisation), 1)]
    return [*personas, *colleagues(organisation, len(personas) + 1)]


def participant(number: int, persona: Persona) -> Participant:
    return Participant(
        number,
        persona.subject,
        persona.unit or "",
        persona.site or "",
        persona.language,
        Visitor(persona.name, persona.language),
        roles=persona.roles,
        name=persona.name,
    )


def colleagues(organisation: str, first: int) -> list[Participant]:
    return [
        Participant(
            number, f"{organisation}-{number}", unit, site, language, Visitor(name, language), name=name
        )
        for number, (name, unit, site, language) in enumerate(COLLEAGUES[organisation], first)
    ]
