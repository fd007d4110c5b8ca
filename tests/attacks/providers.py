"""A provider that somebody hostile runs: it speaks TLS, and answers at every path what a test has put there."""

import json
import ssl
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from joserfc.jwk import RSAKey
from joserfc.jws import serialize_compact
from sqlalchemy import select

from infra.processes.ports import LOOPBACK
from services.identity.models import Connection, SignIn
from services.identity.sign_in.hashing import hash_secret
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import House

KEY = RSAKey.generate_key(2048, {"kid": "theirs"})
DOCUMENT = "/.well-known/openid-configuration"
Answer = Callable[[BaseHTTPRequestHandler], None]


class HostileProvider:
    """Honest as long as `answers` says nothing else for a path; `asked` keeps the paths, `over` ends what hangs."""

    def __init__(self, certificate: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.over = threading.Event()
        self.id_token = ""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                provider.asked.append(self.path)
                provider.answers.get(self.path, provider.honestly)(self)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers hang up on purpose
        self.server.socket = certificate.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.server.server_port}"

    @property
    def document(self) -> dict[str, Any]:
        endpoints = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
        more = {"jwks_uri": f"{self.issuer}/keys", "userinfo_endpoint": f"{self.issuer}/userinfo"}
        return {"issuer": self.issuer} | endpoints | more

    def honestly(self, handler: BaseHTTPRequestHandler) -> None:
        said = {
            DOCUMENT: self.document,
            "/keys": {"keys": [KEY.as_dict(private=False)]},
            "/token_endpoint": {"id_token": self.id_token, "access_token": "theirs"},
        }
        saying(said.get(handler.path, {}))(handler)

    def says(self, path: str, said: Any, status: int = 200, **headers: str) -> None:
        self.answers[path] = saying(said, status, **headers)

    def documents(self, **changed: Any) -> None:
        """Its document, with members of the test's own; None takes one away."""
        said = self.document | changed
        self.says(DOCUMENT, {name: value for name, value in said.items() if value is not None})

    def hangs(self, *paths: str) -> None:
        for path in paths:
            self.answers[path] = lambda handler: self.over.wait()

    def vouches(self, house: House, state: str, **claims: Any) -> None:
        """The next token says this of Kaisa; `...` leaves a claim out."""
        self.id_token = signed(self.about_kaisa(house, state, **claims))

    def about_kaisa(self, house: House, state: str, **claims: Any) -> dict[str, Any]:
        with acting_for(house.id), sessions_of("identity")() as session:
            nonce = session.scalars(select(SignIn.nonce).filter_by(state_hash=hash_secret(state))).one()
        usual = {"iss": self.issuer, "aud": f"polku-{house.slug}", "sub": "kaisa", "nonce": nonce}
        usual |= {"iat": int(time.time()), "exp": int(time.time()) + 300}
        usual |= {"name": "Kaisa", "email": f"kaisa@{house.domain}", "email_verified": True}
        return {name: value for name, value in (usual | claims).items() if value is not ...}


def signed(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    """A token by their key, or by another; any algorithm that there is."""
    header = {"alg": "RS256", "kid": "theirs"} | header
    return serialize_compact(header, json.dumps(claims).encode(), key, algorithms=[header["alg"]])


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    parts = ({"alg": "none"} | header, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def saying(said: Any, status: int = 200, **headers: str) -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def way_in(house: House, issuer: str) -> UUID:
    """The one way into this house leads to that issuer from now on."""
    with acting_for(house.id), sessions_of("identity").begin() as session:
        connection = session.scalars(select(Connection)).one()
        connection.issuer = issuer
        return connection.id
