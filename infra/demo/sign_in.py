"""The demonstration's sign-in: a real OpenID provider for invented people. Never for anything else.

`oidc-provider-mock` does the protocol; its pages are ours, because its own fetch their style from elsewhere.
"""

import os
from pathlib import Path

from flask import Flask, request
from oidc_provider_mock import User, init_app

from infra.demo.personas import ORGANISATIONS, PERSONAS, of

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback only


def create_app() -> Flask:
    app = Flask(__name__, template_folder=str(Path(__file__).parent / "pages"), static_folder=None)
    init_app(app, user_claims=[User(sub=persona.subject, claims=persona.claims) for persona in PERSONAS])
    app.debug = False
    del app.__dict__["wsgi_app"]  # init_app put a debugger around it
    app.secret_key = os.urandom(16)
    app.context_processor(lambda: {"organisations": organisations})
    app.add_url_rule("/readyz", "readyz", lambda: {"status": "ready"})
    return app


def organisations() -> dict[str, list]:
    """Returns who may sign in, by organisation: the people of the one that asks, by its client id polku-<slug>, else everybody."""
    asking = request.args.get("client_id", "").removeprefix("polku-")
    slugs = [asking] if asking in ORGANISATIONS else list(ORGANISATIONS)
    return {ORGANISATIONS[slug]: of(slug) for slug in slugs}
