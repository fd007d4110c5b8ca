"""`python -m infra.launch` (`make run`): everything on this machine, until Ctrl-C."""

import sys

from infra.one_machine.launcher import main

if __name__ == "__main__":
    sys.exit(main())
