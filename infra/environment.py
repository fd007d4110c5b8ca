"""Makes .venv from the hash-locked requirements, and only when they have changed.

Runs on the machine's own Python, before anything is installed: the standard library is all there is.
"""

import errno
import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}


class CannotInstall(Exception):
    """A sentence for the person at the keyboard."""


def main(purpose: str) -> None:
    """Bring .venv up to date for "run", or for "dev", which is "run" and the tools of building and testing."""
    environment = Environment(ROOT / ".venv", [ROOT / name for name in LOCKS[purpose]])
    with _one_at_a_time():
        if environment.is_current(purpose):
            return
        environment.make()
        environment.install()
        environment.remember(["run", "dev"] if purpose == "dev" else ["run"])


class Environment:
    """The folder of installed packages, and the locks that say what belongs in it."""

    def __init__(self, folder: Path, locks: list[Path]) -> None:
        self.folder = folder
        self.locks = locks
        self.python = folder / "bin" / "python"

    def is_current(self, purpose: str) -> bool:
        note = self._note(purpose)
        return note.is_file() and note.read_text() == self._fingerprint(purpose) and self._works()

    def make(self) -> None:
        if self._works():
            return
        _say(f"Making a virtual environment in {self.folder.name} (Python {platform.python_version()}).")
        try:
            import ensurepip  # noqa: F401  (Debian ships venv without it)
            import venv
        except ImportError:
            raise CannotInstall(
                "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install "
                f"python{sys.version_info.major}.{sys.version_info.minor}-venv. Then start again."
            ) from None
        venv.create(str(self.folder), with_pip=True, clear=True, symlinks=True)

    def install(self) -> None:
        total = sum(len(re.findall(r"^\S+==", lock.read_text(), re.M)) for lock in self.locks)
        _say(f"Installing {total} locked packages; the first time this takes a minute or two.")
        last_lines = self._run_pip(total)
        if last_lines:
            raise CannotInstall(_why_pip_failed("\n".join(last_lines)))
        _say("Installed.")

    def remember(self, purposes: list[str]) -> None:
        for purpose in purposes:
            self._note(purpose).write_text(self._fingerprint(purpose))

    def _run_pip(self, total: int) -> deque[str]:
        # The locks name everything. pip looking for more would find `name[extra]`, which no lock line of `name` answers
        command = [
            str(self.python),
            "-m",
            "pip",
            "install",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
        ]
        command += ["--no-input", "--progress-bar=off"]
        for lock in self.locks:
            command += ["-r", str(lock)]
        pip = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_quiet_pip()
        )
        last_lines: deque[str] = deque(maxlen=12)
        fetched = 0
        for line in pip.stdout or ():
            last_lines.append(line.rstrip())
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                fetched += 1
                _show(fetched, total, line)
            elif line.startswith("Installing collected packages"):
                _say("Unpacking.")
        return last_lines if pip.wait() else deque()

    def _works(self) -> bool:
        """Returns whether its Python still starts and has pip; a moved or half-made environment does not."""
        try:
            return subprocess.run([str(self.python), "-c", "import pip"], capture_output=True).returncode == 0
        except OSError:
            return False

    def _note(self, purpose: str) -> Path:
        return self.folder / ("installed-for-" + purpose)

    def _fingerprint(self, purpose: str) -> str:
        return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LOCKS[purpose])).hexdigest()


def _why_pip_failed(words: str) -> str:
    if "No space left on device" in words:
        return "The disk is full: free some space (Polku needs about 1 GB) and start again."
    if "DO NOT MATCH THE HASHES" in words:
        return "A package is not the one that was locked. Do not install it: something between you and the package index changed it."
    if any(sign in words for sign in ("failure in name resolution", "NewConnectionError", "Read timed out")):
        return (
            "The package index cannot be reached. Check the network (or your pip settings) and start again."
        )
    return "The packages could not be installed. pip's last lines:\n  " + words.replace("\n", "\n  ")


def _quiet_pip() -> dict[str, str]:
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """`make run` and `make test` side by side must not install into the same folder."""
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _show(fetched: int, total: int, line: str) -> None:
    if sys.stdout.isatty():
        name = re.split(r"[= ;(]", line.split(": " if ": " in line else " ", 1)[1])[0]
        end = "\n" if fetched == total else ""
        print(f"\r  {fetched} of {total}  {name:40}", end=end, flush=True)
    elif fetched % 20 == 0 or fetched == total:
        _say(f"  {fetched} of {total}")


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _tell(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return _why_pip_failed("No space left on device")
    if isinstance(problem, PermissionError):
        return f"{problem.filename} may not be written by you: remove .venv, or start as the one who made it."
    if isinstance(problem, subprocess.CalledProcessError):
        return f"The virtual environment could not be made: {problem.stdout or problem}"
    return str(problem)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit("\nStopped. What is installed so far stays; start again to go on.")
    except (CannotInstall, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(_tell(problem))
