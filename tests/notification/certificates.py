"""An authority of our own, and the certificates it gives to machines."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """Trusted by those who read `bundle`, a file of its certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = called("An authority of the test")
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(
            self._sign(self.name, self.key, x509.BasicConstraints(True, 0)).public_bytes(PEM)
        )

    def secures(self, host: str, days: int = 1) -> ssl.SSLContext:
        """What a machine of this name shows: a certificate that runs out in so many days, or ran out before."""
        key, names = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.SubjectAlternativeName([x509.DNSName(host)]),
        )
        shown = self.folder / f"{host}.pem"
        private = key.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption())
        shown.write_bytes(private + self._sign(called(host), key, names, days).public_bytes(PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shown)
        return context

    def _sign(self, name, key, what: x509.ExtensionType, days: int = 1) -> x509.Certificate:
        now = datetime.now(UTC)
        written = (
            x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        )
        written = written.serial_number(x509.random_serial_number()).add_extension(what, critical=True)
        written = written.not_valid_before(now - timedelta(days=9)).not_valid_after(
            now + timedelta(days=days)
        )
        return written.sign(self.key, hashes.SHA256())


PEM = Encoding.PEM


def called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
