"""The codes of all refusals, by which programs that call services know them: shared/contracts/codes.json has every one that was given."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import services
import shared
from shared.problems import RuleBroken

CODES = Path(shared.__file__).parent / "contracts" / "codes.json"


def promised() -> list[str]:
    return json.loads(CODES.read_text())


def codes_of_today() -> set[str]:
    """Loads every module of the services, so that each refusal is known."""
    for package in (services, shared):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not {"migrations", "portal", "__main__"} & set(found.name.split(".")):
                import_module(found.name)
    return {refusal.code for refusal in refusals() if refusal.__module__.startswith(("services.", "shared."))}


def refusals(kind: type[RuleBroken] = RuleBroken) -> Iterator[type[RuleBroken]]:
    for found in kind.__subclasses__():
        yield found
        yield from refusals(found)


def note_codes() -> list[str]:
    """Adds new codes to those promised; returns a sentence for each that no refusal has any more."""
    now, then = codes_of_today(), set(promised())
    CODES.write_text(json.dumps(sorted(now | then), indent=1) + "\n")
    return [
        f'No refusal has the code "{code}" any more. If its class was renamed, give it code="{code}".'
        for code in sorted(then - now)
    ]
