"""`python -m shared.contracts.asyncapi [document | topics | acls]` prints JSON."""

import json
import sys

from shared.contracts.asyncapi import acls, asyncapi, consumers, topics

PRINTS = {"document": asyncapi, "topics": topics, "acls": lambda: acls(consumers())}


def main(arguments: list[str]) -> int:
    wanted = arguments or ["document"]
    if len(wanted) != 1 or wanted[0] not in PRINTS:
        print(f"Say one of: {', '.join(PRINTS)}.", file=sys.stderr)
        return 2
    print(json.dumps(PRINTS[wanted[0]](), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
