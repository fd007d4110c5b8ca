"""Steps before the processes start: tables, fonts, the demonstration. Each is done in a process of its own,
so that the launcher stays small, and only when something has changed."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from infra.one_machine.addresses import sign_in_url
from infra.processes.process import ROOT
from infra.processes.supervisor import LOOK_EVERY, Stopped
from infra.progress import Progress
from infra.secrets import read
from infra.secrets.rotation import sealed_keys_of_runs
from infra.trouble import CannotStart

FONTS = ROOT / "services" / "portal" / "static" / "fonts"


def migrate(home: Path, stop: Event) -> None:
    """Bring all tables up to date; nothing to do when no migration has changed since the last time."""
    note, now = home / "run" / "migrated", _fingerprint_of_migrations()
    if not (note.exists() and note.read_text() == now):
        _carry_out("migrations", ["-m", "shared.migrations", "up"], home, stop)
        if sealed_keys_of_runs(read(home / "secrets.json")):
            _carry_out("vault", ["-m", "infra.secrets", "leave", "vault"], home, stop)
        note.write_text(now)


def cut_fonts(home: Path, stop: Event) -> None:
    if not list(FONTS.glob("*.woff2")):
        _carry_out("fonts", ["-m", "services.portal.look.fonts"], home, stop)


def open_consultancy(home: Path, stop: Event) -> None:
    """The demonstration's consultancy has to be there before anybody can sign in; all its organisations know the sign-in by its
    address, which is another one when its port has changed."""
    note, now = home / "run" / "consultancy", sign_in_url()
    if not note.exists():
        _carry_out("consultancy", ["-m", "infra.demo.consultancy"], home, stop)
    elif note.read_text() != now:
        _carry_out("sign-in", ["-m", "infra.demo.moved"], home, stop)
    note.write_text(now)


class HalfLoaded(CannotStart):
    def __init__(self, home: Path) -> None:
        super().__init__(
            f"The demonstration was cut off while it was loaded, and lies half in {home}. `make reset` empties that; then start again."
        )


def must_not_be_half_loaded(home: Path) -> None:
    """Raises HalfLoaded where the first start was cut off: what is there already would be refused a second time."""
    if _begun(home).exists() and not _loaded(home).exists():
        raise HalfLoaded(home)


def _begun(home: Path) -> Path:
    return home / "run" / "demonstration-begun"


def _loaded(home: Path) -> Path:
    return home / "demonstration"


def demonstrate(home: Path, stop: Event, progress: Progress) -> None:
    """Loads the demonstration, once."""
    if _loaded(home).exists() or not find_spec("infra.demo"):
        return
    with progress.step("demonstration (the first time only)"):
        _begun(home).touch()
        _carry_out("demonstration", ["-m", "infra.demo"], home, stop)
        _loaded(home).touch()


def _carry_out(name: str, arguments: list[str], home: Path, stop: Event) -> None:
    log = home / "logs" / f"{name}.log"
    with open(log, "wb") as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            if stop.wait(LOOK_EVERY):
                process.terminate()
                process.wait()
                raise Stopped
    if process.returncode:
        raise CannotStart(f"{name} failed. The last lines:\n{_last_lines(log)}\nMore in {log}.")


def _last_lines(log: Path, lines: int = 12) -> str:
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])


def _fingerprint_of_migrations() -> str:
    sources = sorted(
        [
            *ROOT.glob("services/*/migrations/*.py"),
            *ROOT.glob("shared/**/*.py"),
            ROOT / "infra/database/provisioning.py",
        ]
    )
    seal = hashlib.sha256()
    for path in sources:
        seal.update(os.fsencode(path.relative_to(ROOT)) + b"\0" + path.read_bytes())
    return seal.hexdigest()
