"""`python -m infra.keys`: opens a pseudonym while its key lives (infra/keys/opening.py)."""

import sys

from infra.keys.opening import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
