"""`python -m tests.peers.keycloak [slug]`: Keycloak in the foreground, until Ctrl-C, for whoever wants to try a way in by hand."""

import signal
import sys
from pathlib import Path
from threading import Event

from infra.one_machine.addresses import site
from infra.processes.ports import PortTaken, is_free
from infra.progress import Progress
from infra.trouble import CannotStart
from shared.settings import setting, state_directory
from tests.notification.certificates import Authority
from tests.peers.keycloak.server import ADMIN, CLIENT, Keycloak
from tests.peers.peer import LOCALHOST, SECRET, Certificates

HOW_TO_USE_IT = """
Keycloak is ready: {issuer}
  people          kaisa, tuula, sari, aino, pekka; the password is the name
  administrator   {admin}, password {admin}, at {origin}/admin/
Start Polku now (anew, if it runs), in another terminal, so that it believes Keycloak's certificate and may call this machine:
  SSL_CERT_FILE={authority} POLKU_OUTGOING_NETWORKS="127.0.0.0/8, ::1/128" make run
Then set up a way in at {portal}/desk/settings:
  issuer          {issuer}
  client id       {client}
  secret          {secret}
  domain          avi.example
  claim of roles  groups; the groups are Polun vetäjät, Ylläpito, Henkilöstö
Keycloak tells of sign-outs once the client there has the address for back-channel logout, which the page of the way in shows.
The browser does not know the certificate and warns of it. Ctrl-C stops Keycloak; at the next start the realm is as at first.
"""


def main(slug: str = "avi") -> int:
    port, portal = int(setting("KEYCLOAK_PORT", "8443")), site(slug).rstrip("/")
    progress, over = Progress(), Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: over.set())
    try:
        if not is_free(port):
            raise PortTaken(port, "POLKU_KEYCLOAK_PORT", "make keycloak")
        keycloak = Keycloak(folder := folder_of_ours(), port, certificates(folder), portal)
        with progress.step("Keycloak, fetched by Maven and built"):
            keycloak.prepare()
        with progress.step("Keycloak"):
            keycloak.start()
    except CannotStart as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(
        HOW_TO_USE_IT.format(
            issuer=keycloak.issuer,
            origin=keycloak.origin,
            admin=ADMIN,
            client=CLIENT,
            secret=SECRET,
            portal=portal,
            authority=keycloak.certificates.authority,
        )
    )
    over.wait()
    keycloak.stop()
    return 0


def folder_of_ours() -> Path:
    folder = state_directory() / "keycloak"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def certificates(folder: Path) -> Certificates:
    authority = Authority(folder)
    authority.secures(LOCALHOST, days=90)
    return Certificates.of(folder / f"{LOCALHOST}.pem", authority.bundle)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
