"""`python -m infra.restore FOLDER`: brings a backup back into an empty database (infra/backup/restore.py)."""

import sys

from infra.backup.restore import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
