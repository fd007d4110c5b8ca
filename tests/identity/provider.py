"""A real OpenID provider on loopback, stricter than the package: it remembers the PKCE challenge and checks the verifier."""

import base64
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from flask import Flask, request
from flask.testing import FlaskClient
from oidc_provider_mock import User, init_app
from werkzeug.serving import make_server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback only
BROWSER = httpx2.Client(verify=False)  # kept: a fresh one reads all certificates of the world first


@dataclass
class Provider:
    """The organisation's own sign-in."""

    issuer: str
    desk: FlaskClient  # where it learns who works here, without a network between

    def know(self, subject: str, **claims: Any) -> None:
        """Somebody works here."""
        assert self.desk.put(f"/users/{subject}", json=claims).status_code == 204

    def sign_in(self, url: str, subject: str) -> dict[str, str]:
        """What the browser brings back after this person has signed in: code, state, and the address it comes to."""
        answer = BROWSER.post(url, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return brought_to(answer.headers["Location"])

    def refuse(self, url: str) -> dict[str, str]:
        return brought_to(BROWSER.post(url, data={"action": "deny"}).headers["Location"])


def brought_to(url: str) -> dict[str, str]:
    """As the portal tells identity: with the connection whose own return address it is."""
    own = urlsplit(url).path.removeprefix("/sign-in/back").strip("/")
    return query_of(url) | ({"connection_id": own} if own else {})


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextmanager
def running(*people: User) -> Iterator[Provider]:
    app = Flask(__name__)
    init_app(app, user_claims=people)
    del app.__dict__["wsgi_app"]
    app.secret_key = os.urandom(16)
    insist_on_pkce(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Provider(f"http://127.0.0.1:{server.server_port}", app.test_client())
    finally:
        server.shutdown()
        thread.join()


def insist_on_pkce(app: Flask) -> None:
    challenges: dict[str, str] = {}

    @app.after_request
    def remember(answer):
        if request.path == "/oauth2/authorize" and "code=" in answer.headers.get("Location", ""):
            challenges[query_of(answer.headers["Location"])["code"]] = request.args["code_challenge"]
            assert request.args["code_challenge_method"] == "S256"
        return answer

    @app.before_request
    def check():
        if request.path == "/oauth2/token":
            digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
            proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if challenges.get(request.form["code"]) != proven:
                return {"error": "invalid_grant"}, 400
        return None
