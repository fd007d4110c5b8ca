"""The life of Node's oidc-provider: its packages come by npm, its people and clients from us."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from infra.trouble import CannotStart
from tests.peers.needs import missing_node
from tests.peers.peer import SECRET, Certificates, Guest, Peer

HERE = Path(__file__).parent
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


class OidcProvider(Peer):
    """It knows `people` by their subjects, and the clients that it was told of before it starts."""

    def __init__(self, folder: Path, port: int, certificates: Certificates, people: dict[str, Any]) -> None:
        super().__init__(folder, port, certificates)
        self.people, self.clients = people, list[dict[str, Any]]()

    @property
    def issuer(self) -> str:
        return self.origin

    def knows_client(self, algorithm: str, return_address: str, signed_out: str, back_channel: str) -> None:
        """A client, called like the algorithm by which it wants its ID tokens signed."""
        addresses: dict[str, Any] = {
            "redirect_uris": [return_address],
            "post_logout_redirect_uris": [signed_out],
        }
        addresses |= {"backchannel_logout_uri": back_channel, "backchannel_logout_session_required": True}
        described = {
            "client_id": algorithm,
            "client_secret": SECRET,
            "id_token_signed_response_alg": algorithm,
        }
        self.clients.append(described | addresses)

    def start(self) -> None:
        self._fetch()
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(self._settings()))
        self.launch(["node", "provider.mjs", str(settings)])

    def _fetch(self) -> None:
        """What package-lock.json names, from wherever this machine's npm is set to fetch from; scripts of packages do not run."""
        if lack := missing_node():
            raise CannotStart(lack)
        for name in ("package.json", "package-lock.json", "provider.mjs"):
            shutil.copy(HERE / name, self.folder)
        fetching = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(fetching, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotStart(
                f"npm could not fetch oidc-provider. Check the network or npm's settings:\n{done.stderr[-800:]}"
            )

    def lets_out(self, guest: Guest, url: str) -> str:
        page = guest.opens(url)
        assert not isinstance(page, str), "it asks whether to"
        back = guest.fills_in(page, logout="yes")
        assert isinstance(back, str), back.text
        return back

    def _settings(self) -> dict[str, Any]:
        files = {"key": str(self.certificates.key), "chain": str(self.certificates.chain)}
        return {
            "issuer": self.issuer,
            "port": self.port,
            "clients": self.clients,
            "people": self.people,
        } | files

    def lets_in(self, guest: Guest, url: str, person: str) -> str:
        """Returns the address with which somebody comes back: the name, then that the portal may know it."""
        page = guest.opens(url)
        while not isinstance(page, str):
            page = guest.fills_in(page, **({"login": person} if 'name="login"' in page.text else {}))
        return page
