"""The broker's jars, and other programs that Maven fetches: once, and again only when their pom.xml says something else."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from infra.kafka.needs import missing
from infra.trouble import CannotStart

POM = Path(__file__).with_name("pom.xml")


class KafkaTrouble(CannotStart):
    """The broker could not be fetched, started or furnished; the text says what to do."""


class Artifacts:
    """The folder into which Maven puts what a pom.xml names."""

    def __init__(self, folder: Path, pom: Path = POM, of: str = "Kafka") -> None:
        self.folder, self.pom, self.of = folder, pom, of

    @property
    def are_here(self) -> bool:
        return self._note.is_file() and self._note.read_text() == self.fingerprint

    def fetch(self) -> None:
        """Whole or not at all: an interrupted fetch leaves nothing that looks like a broker."""
        if self.are_here:
            return
        half = self.folder.with_name("libs.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        self._ask_maven(half)
        (half / "fingerprint").write_text(self.fingerprint)
        shutil.rmtree(self.folder, ignore_errors=True)
        half.replace(self.folder)

    def _ask_maven(self, into: Path) -> None:
        line = ["mvn", "--quiet", "--batch-mode", "--file", str(self.pom), "dependency:copy-dependencies"]
        line += ["-DincludeScope=runtime", f"-DoutputDirectory={into}"]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise KafkaTrouble(
                f"Maven could not fetch {self.of}. Check the network or Maven's settings and start again. "
                f"Maven's last lines:\n{done.stdout.strip()[-1200:]}"
            )

    @property
    def _note(self) -> Path:
        return self.folder / "fingerprint"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.pom.read_bytes()).hexdigest()


def ask_for_java_and_maven(artifacts: Artifacts) -> None:
    """Maven is needed only while the jars are not here."""
    lack = missing()
    if lack and not (artifacts.are_here and "Maven" in lack):
        raise KafkaTrouble(lack)
