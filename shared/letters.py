"""`python -m shared.letters SERVICE`: handle a service's dead and parked letters again, in order, once it is mended."""

import sys
from importlib import import_module

from shared.consumer import redrive
from shared.database import sessions_of
from shared.settings import SERVICES


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in SERVICES:
        print(f"Name one service: {', '.join(SERVICES)}.", file=sys.stderr)
        return 2
    service = arguments[0]
    listeners = import_module(f"services.{service}.listeners").listeners
    print(f"{redrive(listeners, sessions_of(service))} letters settled.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
