"""Keycloak's life: fetched, built once, started with a realm of invented people, stopped."""

import os
import subprocess
import zipfile
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from infra.kafka.artifacts import Artifacts
from infra.kafka.needs import missing
from infra.trouble import CannotStart
from tests.peers.peer import LOCALHOST, SECRET, Certificates, Guest, Peer

HERE = Path(__file__).parent
REALM, CLIENT = "avi", "polku"
ADMIN = "admin"  # name and password of the administrator, of whose data nothing is real
QUICK = "-XX:TieredStopAtLevel=1"  # it lives for minutes


class Keycloak(Peer):
    """Keycloak in a folder, on a port of this machine; `portal` is the address that its people come from and go back to, `back_channel`
    where it tells of their signing out."""

    def __init__(
        self, folder: Path, port: int, certificates: Certificates, portal: str, back_channel: str = ""
    ) -> None:
        super().__init__(folder, port, certificates)
        self.portal, self.back_channel = portal, back_channel

    @property
    def issuer(self) -> str:
        return f"{self.origin}/realms/{REALM}"

    def prepare(self) -> None:
        """Fetches and builds it, where that was not done before."""
        if lack := missing("Keycloak"):
            raise CannotStart(lack)
        zipped = Artifacts(self.folder / "zip", HERE / "pom.xml", "Keycloak")
        built = self.folder / "built"
        if zipped.are_here and built.exists() and built.read_text() == zipped.fingerprint:
            return
        zipped.fetch()
        with zipfile.ZipFile(next(zipped.folder.glob("*.zip"))) as archive:
            archive.extractall(self.folder)
        self._build()
        built.write_text(zipped.fingerprint)

    def start(self) -> None:
        self.prepare()
        self._write_realm()
        self.launch(self._command("start", "--optimized", "--import-realm", *self._options()))

    def lets_in(self, guest: Guest, url: str, person: str) -> str:
        page = guest.opens(url)
        if not isinstance(page, str):
            page = guest.fills_in(page, username=person, password=person)
        assert isinstance(page, str), page.text
        return page

    def lets_out(self, guest: Guest, url: str) -> str:
        page = guest.opens(url)
        assert not isinstance(page, str), "it asks whether to"
        back = guest.fills_in(page, confirmLogout="yes")
        assert isinstance(back, str), back.text
        return back

    def signs_out_everywhere(self, person: str) -> None:
        """Its administrator does."""
        realm = f"{self.origin}/admin/realms/{REALM}"
        with self.browser() as browser:
            asked = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
            token = browser.post(f"{self.origin}/realms/master/protocol/openid-connect/token", data=asked)
            browser.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            (found,) = browser.get(f"{realm}/users", params={"username": person, "exact": "true"}).json()
            browser.post(f"{realm}/users/{found['id']}/logout").raise_for_status()

    def _write_realm(self) -> None:
        """With our addresses in it, and who is at them."""
        folder = self._unpacked / "data/import"
        folder.mkdir(parents=True, exist_ok=True)
        realm = Template((HERE / "realm.json").read_text())
        ours = {"portal": self.portal, "back_channel": self.back_channel, "secret": SECRET}
        (folder / "realm.json").write_text(realm.substitute(ours))
        names = f"127.0.0.1 {LOCALHOST} {urlsplit(self.portal).hostname}\n"
        (self.folder / "hosts").write_text(names)

    def _options(self) -> list[str]:
        return [
            *("--http-host=127.0.0.1", f"--https-port={self.port}", f"--hostname={self.origin}"),
            *(
                f"--https-certificate-file={self.certificates.chain}",
                f"--https-certificate-key-file={self.certificates.key}",
            ),
            *("--cache=local", "--log-level=info"),
        ]

    def _build(self) -> None:
        """What it does at its first start else, and at every one whose options differ."""
        command = self._command("build", "--db=dev-mem")
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotStart(f"Keycloak could not be built:\n{(done.stdout + done.stderr)[-800:]}")

    def _command(self, *words: str) -> list[str]:
        return ["bash", str(self._unpacked / "bin/kc.sh"), *words]

    @property
    def environment(self) -> dict[str, str]:
        invented = {"KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN}
        names = (
            f"-Djdk.net.hosts.file={self.folder / 'hosts'}"  # not every machine finds names below localhost
        )
        return os.environ | invented | {"JAVA_OPTS_APPEND": f"{QUICK} {names}"}

    @property
    def _unpacked(self) -> Path:
        return next(self.folder.glob("keycloak-*/"))
