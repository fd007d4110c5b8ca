"""Requirements of the broker, and of Keycloak in tests: Maven once, to fetch it, and Java 17 or newer to run it."""

import re
import shutil
import subprocess
import sys
from functools import cache

JAVA = 17


@cache
def missing(of: str = "Kafka") -> str | None:
    """A sentence about what this machine lacks, with the remedy; None when Kafka (or what else is named) can run here."""
    if java_version() < JAVA:
        return (
            f"{of} needs Java {JAVA} or newer, and this machine has {_what_java()}. "
            f"On Debian or Ubuntu: apt-get install openjdk-{JAVA}-jre-headless. Then start again."
        )
    if not shutil.which("mvn"):
        return (
            f"{of} is fetched by Maven, and this machine has none. "
            "On Debian or Ubuntu: apt-get install maven. Then start again."
        )
    return None


def java_version() -> int:
    """The major version of the Java on the path; 0 when there is none."""
    try:
        output = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', output.stderr + output.stdout)
    return int(found[1]) if found else 0


def _what_java() -> str:
    return f"Java {version}" if (version := java_version()) else "no Java"


if __name__ == "__main__":
    lack = missing()
    print(lack or "Maven and Java are here.")
    sys.exit(bool(lack))
