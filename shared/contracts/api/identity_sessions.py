"""The operations of identity about one's own sessions: where one is signed in, and out of it."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity import Browser, Device, SessionHeld, ShortSecret
from shared.web.operations import Service, operation


class OwnSession(Struct, frozen=True, kw_only=True):
    """A session of one's own: the browser's kind, the day on which it began, and whether it is the one that asks."""

    id: UUID
    browser: Browser
    device: Device
    began_on: date
    is_this: bool


class OwnSessionMeant(Struct, frozen=True, kw_only=True):
    """One of the sessions of whoever holds this one."""

    secret: ShortSecret
    session_id: UUID


class OwnSessions(Service, name="identity"):
    """Asked by the portal for whoever holds a session: the session says whose they are."""

    @operation("POST", "/sessions/own", "service", only_asks=True)
    def own(self, held: SessionHeld) -> list[OwnSession]:
        """Returns where the holder is signed in: this session first, then the latest."""

    @operation("POST", "/sessions/own/end", "service")
    def end_one(self, meant: OwnSessionMeant) -> None:
        """Ends one of the holder's sessions, which may be this one."""

    @operation("POST", "/sessions/own/end-all", "service")
    def end_all(self, held: SessionHeld) -> None:
        """Ends all of the holder's sessions, this one too."""
