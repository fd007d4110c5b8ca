"""`python -m infra.events.rebuild SERVICE [--switch]`: builds a service's read models anew from the log and holds them against the living
ones; `--switch` puts them in their place, while everything runs.

Ends with 0 when they are equal or have been switched, 1 when they differ, 2 for wrong use, 3 when it could not be done, 4 when
the broker was away.
"""

import argparse
import sys
import time
from traceback import format_exc

from infra.rooms import room, rooms
from shared.database import worker_engine_of
from shared.messaging.bus import BusAway
from shared.messaging.bus.transport import EventTransport
from shared.messaging.rebuild.comparing import Differences, are_equal
from shared.messaging.rebuild.rebuilding import CANNOT, rebuild
from shared.migrations.upgrade import make_tables, owner_engine
from shared.settings import NotConfigured

EQUAL, DIFFERENT, FAILED, AWAY = 0, 1, 3, 4


def told(found: Differences, unreadable: int) -> str:
    lines = [
        f"{table}: {counts['rows']} rows, {counts['living alone']} in the living table alone,"
        f" {counts['new alone']} in the new one alone"
        for table, counts in found.items()
    ]
    if unreadable:
        lines.append(f"Events that nobody can read, passed over: {unreadable}.")
    return "\n".join(lines)


class Clock:
    """Says how far it is, every few seconds."""

    def __init__(self, every: float = 2.0):
        self.began, self.every, self.said = time.monotonic(), every, 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic() - self.began
        if now - self.said >= self.every or done == total:
            self.said = now
            print(f"{done} of {total} events, {done / max(now, 0.001):.0f} a second", flush=True)


def with_read_models() -> list[str]:
    """The services some of whose tables are fed by events alone."""
    return [name for name, module in rooms("listeners").items() if hasattr(module, "read_models")]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.events.rebuild", description=__doc__)
    parser.add_argument("service", choices=with_read_models())
    parser.add_argument(
        "--switch", action="store_true", help="put the new tables in the place of the living ones"
    )
    options = parser.parse_args(arguments)
    models = room(options.service, "listeners").read_models
    bus = EventTransport(worker_engine_of(options.service), options.service)
    try:
        done = rebuild(models, bus, owner_engine(), make_tables, options.switch, Clock())
    except BusAway as trouble:
        print(f"Nothing was changed: the broker is away. {trouble}. Try again.", file=sys.stderr)
        return AWAY
    except (*CANNOT, NotConfigured) as trouble:
        print(f"Nothing was changed. {' '.join(str(trouble).split())[:300]}", file=sys.stderr)
        return FAILED
    except Exception:  # whoever reads the end of a process takes 1 for a difference
        print(f"Nothing was changed. A listener or we are wrong:\n{format_exc()}", file=sys.stderr)
        return FAILED
    finally:
        bus.close()
    print(told(*done))
    print(
        "They have changed places."
        if options.switch
        else "The new tables are gone again; --switch keeps them."
    )
    return EQUAL if options.switch or are_equal(done.found) else DIFFERENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
