"""`python -m infra.development` (`make dev`): as `make run`, but what is saved is seen at the next request.

POLKU_DEBUG=SERVICE (`make dev DEBUG=voting`) gives the web process this terminal: `breakpoint()` opens the debugger here, and so does
whatever fails in that service. POLKU_DEBUG=worker gives it to listeners, jobs and timers.
"""

import sys

from infra.development.launcher import DevelopmentLauncher
from infra.development.only_here import NotForDevelopment, insist
from infra.one_machine.launcher import main

if __name__ == "__main__":
    try:
        insist()
    except NotForDevelopment as problem:
        sys.exit(str(problem))
    sys.exit(main(DevelopmentLauncher))
