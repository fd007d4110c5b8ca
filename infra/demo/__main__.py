"""`python -m infra.demo`: walk the demonstration's runs through the doors of the running Polku, once."""

import sys
from pathlib import Path

from infra.addresses import our_ports
from infra.demo.runs import demonstrate
from infra.installation import Installation
from infra.story.visitor import Refused
from shared.settings import base_domain, state_directory


def main() -> int:
    ports = {name.removeprefix("POLKU_").removesuffix("_PORT"): port for name, port in our_ports().items()}
    polku = Installation(Path(state_directory()), ports, base_domain())
    try:
        demonstrate(polku, lambda sentence: print(sentence, flush=True))
    except Refused as problem:
        print(f"The demonstration broke off: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
