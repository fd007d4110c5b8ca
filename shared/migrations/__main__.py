"""`python -m shared.migrations up` brings the tables of all services up to date."""

import argparse
import sys

from shared.migrations.upgrade import up


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.migrations", description=__doc__)
    parser.add_argument("command", choices=["up"])
    parser.parse_args(arguments)
    up()


if __name__ == "__main__":
    main(sys.argv[1:])
