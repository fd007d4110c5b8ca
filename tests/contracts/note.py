"""`python -m tests.contracts.note` notes what the contracts and listeners say now: who hears what, and what is released.

It writes down what is new and never changes what stands: a schema that is not kept any more is said, not mended.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from infra.rooms import rooms
from shared.contracts.asyncapi.hearing import HEARD_BY, Hearing, hearing
from shared.contracts.asyncapi.released import FOLDER, Released, broken, missing, released
from shared.messaging.events import CATALOGUE, Event
from shared.messaging.listeners import Listeners
from tests.contracts.golden_samples import NoWord, sample_of, samples_of
from tests.contracts.refusal_codes import note_codes
from tests.contracts.schema_registry import NoHistory, ReleasedSchema, ever_released, withdrawn


def main() -> int:
    ever = what_git_remembers()
    then = dict(ever) | released()
    troubles = [*withdrawn(ever, released()), *missing(CATALOGUE, then)]
    try:
        for type, event in CATALOGUE.items():
            troubles += note(event, then.get(type))
    except NoWord as refusal:
        troubles.append(str(refusal))
    print("".join(f"{lost}\n" for lost in lost_names(hearing(), who_hears_what())), end="")
    write(HEARD_BY, who_hears_what())
    troubles += note_codes()
    print("\n".join(troubles) or "Noted; commit shared/contracts together with your change.")
    return 1 if troubles else 0


def what_git_remembers() -> list[ReleasedSchema]:
    try:
        return ever_released()
    except NoHistory as reason:
        print(f"What was released before is taken from {FOLDER.name}/ alone: {reason}.")
        return []


def lost_names(then: Hearing, now: Hearing) -> Iterator[str]:
    """Yields a sentence for each listener that is no longer there: the inbox of every installation knows it by its name."""
    for service, heard in then.items():
        for type, names in heard.items():
            for name in sorted({*names} - {*now.get(service, {}).get(type, [])}):
                yield f'{service} handles {type} no longer as "{name}". If that listener was renamed, give it name="{name}".'


def who_hears_what() -> Hearing:
    return {name: _heard_by(room.listeners) for name, room in sorted(rooms("listeners").items())}


def _heard_by(listeners: Listeners) -> dict[str, list[str]]:
    types = {event.type: reactions for event, reactions in listeners.reactions.items() if reactions}
    return {type: [reaction.name for reaction in types[type]] for type in sorted(types)}


def note(event: type[Event], then: Released | None, folder: Path = FOLDER) -> list[str]:
    """Notes what is new about this event. Returns what it breaks of its released schema, in which case nothing is noted."""
    now = Released.of(event)
    if then is None:
        now.samples = samples_of(event)
    elif troubles := list(broken(event.type, then, now)):
        return troubles
    else:
        richer = now.properties.keys() - then.properties.keys()
        now.samples = then.samples + ([sample_of(event)] if richer else [])
    if now != then:
        write(folder / f"{event.type}.json", msgspec.to_builtins(now))
    return []


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(laid_out(content) + "\n")


def laid_out(content: Any, depth: int = 0) -> str:
    """JSON with a line for every field, header set and body, so that a change shows as what it is."""
    if depth == 3 or not content or not isinstance(content, dict | list):
        return json.dumps(content, ensure_ascii=False)
    if isinstance(content, dict):
        lines = [f"{json.dumps(key)}: {laid_out(value, depth + 1)}" for key, value in content.items()]
    else:
        lines = [laid_out(value, depth + 1) for value in content]
    start, end = "{}" if isinstance(content, dict) else "[]"
    indent = " " * (depth + 1)
    return f"{start}\n{indent}" + f",\n{indent}".join(lines) + f"\n{' ' * depth}{end}"


if __name__ == "__main__":
    sys.exit(main())
