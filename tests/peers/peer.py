"""Another program that signs people in: a process on a port of this machine, and a browser that fills in its pages."""

import os
import re
import signal
import ssl
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx2
from lxml import html

from infra.trouble import CannotStart

START_SECONDS, STOP_SECONDS, LOOK_EVERY = 240.0, 20.0, 0.2
LOCALHOST = "localhost"
SECRET = "an invented secret: with a colon, 100% and a +"  # of our client there
PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", re.DOTALL)


class Peer(ABC):
    """Its files lie in `folder`; it listens on loopback alone, and speaks TLS."""

    def __init__(self, folder: Path, port: int, certificates: "Certificates") -> None:
        self.folder, self.port, self.certificates = folder, port, certificates
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"https://{LOCALHOST}:{self.port}"

    @property
    @abstractmethod
    def issuer(self) -> str: ...

    @abstractmethod
    def start(self) -> None:
        """Raises CannotStart with what to do."""

    @abstractmethod
    def lets_in(self, guest: "Guest", url: str, person: str) -> str:
        """Fills in its pages for somebody; returns the address of the portal to which the person is sent."""

    @abstractmethod
    def lets_out(self, guest: "Guest", url: str) -> str:
        """Says yes to its question whether to sign out; returns the address of the portal to which the person is sent."""

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def launch(self, command: list[str]) -> None:
        """Starts it and waits until it answers; raises CannotStart with its last lines."""
        with self.log.open("ab") as log:
            said = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
                **said,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(
                    f"{type(self).__name__} did not start. See {self.log}:\n{self._last_lines()}"
                )
            time.sleep(LOOK_EVERY)

    def answers(self) -> bool:
        try:
            with self.browser() as browser:
                return browser.get(f"{self.issuer}/.well-known/openid-configuration").status_code == 200
        except httpx2.HTTPError:
            return False

    def stop(self) -> None:
        """Ends it and what it started."""
        if self.process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(STOP_SECONDS)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process = None

    def browser(self) -> httpx2.Client:
        """A browser that has not been here before."""
        trusting = ssl.create_default_context(cafile=self.certificates.authority)
        return httpx2.Client(verify=trusting, timeout=30)

    def _last_lines(self, lines: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Certificates(NamedTuple):
    """Files in PEM: a key and a certificate for localhost, and the authority that vouches for it."""

    key: Path
    chain: Path
    authority: Path

    @classmethod
    def of(cls, both: Path, authority: Path) -> "Certificates":
        """Takes apart a file that holds key and certificate."""
        parts = {found[1]: found[0] for found in PEM.finditer(both.read_text())}
        files = {name: both.with_name(f"{name}.pem") for name in ("key", "chain")}
        files["key"].write_text(parts["PRIVATE KEY"])
        files["chain"].write_text(parts["CERTIFICATE"])
        return cls(files["key"], files["chain"], authority)


class Guest:
    """Somebody with a browser, at the provider's pages."""

    def __init__(self, peer: Peer, portal: str) -> None:
        self.browser, self.portal = peer.browser(), portal

    def opens(self, url: str) -> httpx2.Response | str:
        """Follows where the provider sends; the address, as soon as it is one of the portal's."""
        return self._follow(self.browser.get(url))

    def is_asked_who_it_is(self, url: str) -> bool:
        """Whether the provider shows a form, instead of knowing who comes again."""
        return not isinstance(self.opens(url), str)

    def fills_in(self, page: httpx2.Response, **fields: str) -> httpx2.Response | str:
        """Sends the page's form, with what is hidden in it and these fields."""
        forms = html.fromstring(page.text).forms
        assert forms, f"{page.status_code} at {page.url}: {page.text}"
        form = forms[0]
        values = dict(form.form_values()) | fields
        return self._follow(self.browser.post(urljoin(str(page.url), form.action), data=values))

    def _follow(self, answer: httpx2.Response) -> httpx2.Response | str:
        while answer.is_redirect:
            to = urljoin(str(answer.url), answer.headers["Location"])
            if to.startswith(self.portal):
                return to
            answer = self.browser.get(to)
        return answer
