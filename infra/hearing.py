"""`python -m infra.hearing` notes in shared/contracts/heard_by.json who hears what, from the services' listeners."""

import json
import sys

from infra.rooms import rooms
from shared.asyncapi.hearing import HEARD_BY, Hearing
from shared.listening import Listeners


def main() -> int:
    HEARD_BY.write_text(json.dumps(who_hears_what(), indent=1) + "\n")
    print(f"Noted in {HEARD_BY.name}; commit it together with the listeners.")
    return 0


def who_hears_what() -> Hearing:
    return {name: _heard_by(room.listeners) for name, room in sorted(rooms("listeners").items())}


def _heard_by(listeners: Listeners) -> dict[str, list[str]]:
    types = {event.type: reactions for event, reactions in listeners.reactions.items() if reactions}
    return {type: [reaction.name for reaction in types[type]] for type in sorted(types)}


if __name__ == "__main__":
    sys.exit(main())
