"""The people of a story: those who steer on both sides, and everybody who takes part, each with a browser of their own."""

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2

from infra.demo.walker.visitor import Visitor

Item = TypeVar("Item")
AT_ONCE = 6
UNITS = ("Työsuojelu", "Peruspalvelut", "Ympäristöluvat", "Hallinto", "Pelastustoimi", "Viestintä")
SITES = ("Helsinki", "Oulu", "Vaasa", "Kuopio", "Turku")


@dataclass
class Participant:
    """An employee of the client, who says and votes what one person of the pack said and voted."""

    number: int
    subject: str
    unit: str
    site: str
    language: str
    visitor: Visitor
    roles: tuple[str, ...] = ()
    name: str = ""

    def claims(self, domain: str) -> dict[str, Any]:
        about = claims(
            self.name or f"Osallistuja {self.number}", self.subject, domain, self.language, self.roles
        )
        return about | {"unit": self.unit, "site": self.site}


def claims(name: str, subject: str, domain: str, language: str, roles: Iterable[str] = ()) -> dict[str, Any]:
    given, _, family = name.partition(" ")
    return {
        "name": name,
        "given_name": given,
        "family_name": family,
        "email": f"{subject}@{domain}",
        "email_verified": True,
        "locale": language,
        "roles": list(roles),
    }


def participants_for(people: list[int], languages: dict[int, str]) -> list[Participant]:
    """Units of unequal size, sites across them; the same every time."""
    draw = random.Random(2026)
    weights = [6, 5, 4, 3, 2, 1]
    return [
        Participant(
            number=number,
            subject=f"p{number}",
            unit=draw.choices(UNITS, weights)[0],
            site=draw.choice(SITES),
            language=languages.get(number, "fi"),
            visitor=Visitor(f"participant {number}", languages.get(number, "fi")),
            roles=("supervisor",) if number == people[0] else (),
        )
        for number in people
    ]


def introduce(sign_in: str, subject: str, about: dict[str, Any]) -> None:
    """Tell the client's own identity provider who this is, on a connection of its own: a kept one may just have been closed."""
    httpx2.put(
        f"{sign_in}/users/{subject}", json=about, timeout=30, trust_env=False, verify=False
    ).raise_for_status()


def all_together(act: Callable[[Item], Any], items: Iterable[Item], tell: Callable[[int], None]) -> list[Any]:
    """Several people act at the same time; the first trouble ends it. `tell` hears how many are done."""
    answers: list[Any] = []
    with ThreadPoolExecutor(AT_ONCE) as hands:
        try:
            for answer in hands.map(act, items):
                answers.append(answer)
                tell(len(answers))
        except BaseException:
            hands.shutdown(wait=False, cancel_futures=True)
            raise
    return answers
