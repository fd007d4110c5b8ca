"""`python -m tests.peers.needs`: whether the providers of these tests can run on this machine, and what it lacks."""

import shutil
import sys

from infra.kafka.needs import missing

NODE = (
    "oidc-provider is fetched by npm and runs in Node, and this machine has not both. "
    "On Debian or Ubuntu: apt-get install npm. Then start again."
)


def missing_node() -> str | None:
    return None if shutil.which("node") and shutil.which("npm") else NODE


if __name__ == "__main__":
    lack = missing("Keycloak") or missing_node()
    print(lack or "Maven, Java and Node are here.")
    sys.exit(bool(lack))
