"""Ports and addresses of Polku on one machine; each port has its environment variable."""

from shared.settings import base_domain, live_port, setting, web_port


def worker_port() -> int:
    """The worker's health page."""
    return int(setting("WORKER_PORT", "8082"))


def listens_at() -> str:
    """Loopback on one machine; a container answers the others."""
    return setting("LISTENS_AT", "127.0.0.1")


def sign_in_port() -> int:
    """The demonstration's sign-in."""
    return int(setting("SIGN_IN_PORT", "8083"))


def mailbox_port() -> int:
    """The demonstration's mailbox, as a page."""
    return int(setting("MAILBOX_PORT", "8084"))


def smtp_port() -> int:
    """The demonstration's mailbox, where mail is delivered."""
    return int(setting("SMTP_PORT", "8025"))


def our_ports() -> dict[str, int]:
    return {
        "POLKU_WEB_PORT": web_port(),
        "POLKU_LIVE_PORT": live_port(),
        "POLKU_WORKER_PORT": worker_port(),
        "POLKU_SIGN_IN_PORT": sign_in_port(),
        "POLKU_MAILBOX_PORT": mailbox_port(),
        "POLKU_SMTP_PORT": smtp_port(),
    }


def site(slug: str) -> str:
    return f"http://{slug}.{base_domain()}:{web_port()}/"


def sign_in_url() -> str:
    return f"http://127.0.0.1:{sign_in_port()}"


def mailbox_url() -> str:
    return f"http://127.0.0.1:{mailbox_port()}/"
