"""`python -m infra.demo`: walk the demonstration's runs by the pages of the running Polku, once."""

import sys

from infra.demo.installation import running_here
from infra.demo.runs import demonstrate
from infra.demo.walker.visitor import Refused


def main() -> int:
    try:
        demonstrate(running_here(), lambda sentence: print(sentence, flush=True))
    except Refused as problem:
        print(
            f"The demonstration broke off: {problem} It is half loaded: `make reset`, then start again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
