"""`python -m infra.development.sign_in kaisa` (`make sign-in PERSON=kaisa`): your browser is Kaisa's, without a click.

Signs in over HTTP as a person would, then hands the session's cookie to the browser by a page that answers once, at a port of its own on
the same host name: cookies know hosts, no ports. Prints the cookie for curl as well.
"""

import secrets
import sys
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer

from infra.demo.installation import running_here
from infra.demo.personas import CONSULTANCY, PERSONAS, Persona
from infra.demo.walker.visitor import Visitor
from infra.development.only_here import insist
from infra.development.running import NothingRuns
from infra.processes.ports import LOOPBACK, answers
from infra.trouble import CannotStart
from shared.settings import base_domain

COOKIE, PATIENCE = "visit", 120  # seconds until the browser has come


class NobodyOfThatName(CannotStart):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"PERSON={name}: choose one of {', '.join(persona.subject for persona in PERSONAS)}."
        )


def main(name: str) -> None:
    insist()
    running = running_here()
    if not answers(running.ports["WEB"]):
        raise NothingRuns
    persona = persona_called(name)
    house = "console" if persona.organisation == CONSULTANCY else persona.organisation
    site = running.site(house)
    visit = signed_in(persona, site)
    print(
        f"{persona.name}, {persona.doing}: {site}/\n\n  curl -H 'Cookie: {COOKIE}={visit}' {site}/\n",
        flush=True,
    )
    hand_over(visit, house, site)


def persona_called(name: str) -> Persona:
    for persona in PERSONAS:
        if name.lower() in (persona.subject, persona.name.lower()):
            return persona
    raise NobodyOfThatName(name)


def signed_in(persona: Persona, site: str) -> str:
    """The secret of a new session."""
    visitor = Visitor(persona.subject, persona.language)
    visitor.sign_in(f"{site}/", persona.subject)
    return visitor.http.cookies[COOKIE]


def hand_over(visit: str, house: str, site: str) -> None:
    """Waits a while for the browser; the address holds a secret of its own and works once."""
    once, handed = f"/{secrets.token_urlsafe(16)}", list[str]()

    class Handing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = secrets.compare_digest(self.path, once)
            handed.extend([visit] if known else [])
            self.send_response(303 if known else 404)
            if known:
                self.send_header("Set-Cookie", f"{COOKIE}={visit}; Path=/; HttpOnly; SameSite=Lax")
                self.send_header("Location", f"{site}/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """The terminal is for people."""

    with HTTPServer((LOOPBACK, 0), Handing) as page:
        page.timeout, until = 1, time.monotonic() + PATIENCE
        address = f"http://{house}.{base_domain()}:{page.server_port}{once}"
        print(
            f"  {address}\n\nOpen this address once, within two minutes, if your browser does not by itself.",
            flush=True,
        )
        webbrowser.open(address)
        while not handed and time.monotonic() < until:
            page.handle_request()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "")
    except CannotStart as problem:
        sys.exit(str(problem))
