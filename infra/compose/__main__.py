"""`python -m infra.compose keys` makes the secrets; `... furnish` brings database, broker and gateway up to the code."""

import sys

from infra.compose.keys import make_keys
from infra.compose.provisioning import furnish

JOBS = {"keys": make_keys, "furnish": furnish}

if __name__ == "__main__":
    JOBS[sys.argv[1]]()
