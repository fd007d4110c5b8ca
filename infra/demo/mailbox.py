"""The demonstration's mailbox: takes every mail by SMTP, keeps it on disk, and shows it on a page. Nothing is sent on."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, abort, render_template, request

from shared.settings import backup_days

ON_ONE_PAGE = 100


@dataclass(frozen=True)
class Mail:
    """One mail as it was delivered, to one or more people."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.stem

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.path.read_bytes(), policy=policy.default)

    @property
    def to(self) -> str:
        return self.message["X-Delivered-To"]

    @property
    def arrived(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain", "html"))
        return body.get_content() if body else ""

    @property
    def attachments(self) -> list[EmailMessage]:
        return list(self.message.iter_attachments())


class Mailbox:
    """A folder of mails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._kept = {path.stem.rpartition("-")[2] for path in self.folder.glob("*.eml")}
        self.forget_old()

    def keep(self, recipients: list[str], content: bytes) -> None:
        """On disk before we say yes to the sender: what was accepted is never lost.

        A mail that came before, by its Message-ID, is the same mail: big mail stores do it this way too.
        """
        if self._tidied_on != date.today():
            self.forget_old()
        seal = _seal(recipients, content)
        if seal in self._kept:
            return
        half = self.folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{seal}.part"
        with open(half, "wb") as file:
            file.write(f"X-Delivered-To: {', '.join(recipients)}\r\n".encode() + content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(half.with_suffix(".eml"))
        self._kept.add(seal)

    def forget_old(self) -> None:
        """Mails hold names and addresses: they are kept for as long as backups, once a day the older ones go."""
        self._tidied_on = date.today()
        oldest = datetime.now(UTC) - timedelta(days=backup_days())
        for mail in map(Mail, self.folder.glob("*.eml")):
            if mail.arrived < oldest:
                mail.path.unlink(missing_ok=True)

    def mails(self, to: str = "") -> Iterator[Mail]:
        """Newest first; with `to`, those delivered to an address that contains it."""
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            mail = Mail(path)
            if to.lower() in mail.to.lower():
                yield mail

    def mail(self, id: str) -> Mail | None:
        return next((mail for mail in self.mails() if mail.id == id), None)


def _seal(recipients: list[str], content: bytes) -> str:
    """Returns what tells one mail from another, its Message-ID; without one it is always another."""
    known_as = BytesHeaderParser().parsebytes(content)["Message-ID"] or uuid4().hex
    return hashlib.sha256("\0".join([known_as, *recipients]).encode()).hexdigest()[:16]


class Postman:
    """Handler that aiosmtpd calls for each delivered mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            self.mailbox.keep(envelope.rcpt_tos, envelope.original_content or b"")
        except OSError as error:
            return f"452 The mailbox cannot keep this now: {error.strerror}"
        return "250 Kept"


def create_app(mailbox: Mailbox) -> Flask:
    app = Flask(__name__, template_folder=str(Path(__file__).parent / "pages"), static_folder=None)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}

    @app.get("/")
    def mails() -> str:
        to = request.args.get("to", "").strip()
        found = [mail for mail, _ in zip(mailbox.mails(to), range(ON_ONE_PAGE), strict=False)]
        return render_template("mails.html", mails=found, to=to)

    @app.get("/letters/<id>")
    def mail(id: str) -> str:
        return render_template("mail.html", mail=mailbox.mail(id) or abort(404))

    @app.get("/letters/<id>/<int:number>")
    def attachment(id: str, number: int) -> Response:
        found = mailbox.mail(id) or abort(404)
        if number >= len(found.attachments):
            abort(404)
        return _download(found.attachments[number])

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return app


def _download(attached: EmailMessage) -> Response:
    content = attached.get_payload(decode=True)
    answer = Response(content, content_type=attached.get_content_type())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.set("Content-Disposition", "attachment", filename=attached.get_filename() or "attachment")
    return answer
