"""`python -m infra.backup FOLDER`: takes a backup (create.py). `python -m infra.backup prune FOLDER`: deletes old ones (prune.py)."""

import sys

from infra.backup import create, prune


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["prune"]:
        return prune.main(arguments[1:])
    return create.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
