"""`python -m infra.backup FOLDER`: takes a backup (infra/backup/create.py)."""

import sys

from infra.backup.create import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
