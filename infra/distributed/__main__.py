"""`make run-distributed`: the database, the broker, every service in two processes, and the gateway, until Ctrl-C."""

import sys

from infra.distributed.launcher import DistributedLauncher
from infra.one_machine.launcher import main

if __name__ == "__main__":
    sys.exit(main(DistributedLauncher))
