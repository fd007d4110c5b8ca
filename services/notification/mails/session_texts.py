"""The texts of mails about a workshop session, to those who have a place at it. Its title and the address of its video meeting are its
facilitators'; they come with the answer who is concerned, and are kept nowhere here."""

from typing import Any
from uuid import UUID

from services.notification.mails.mail import Mail, when
from services.notification.mails.models.appointment import Entry
from shared.languages import _

REQUEST, CANCEL = "REQUEST", "CANCEL"


class Session:
    """A session as one person is told of it."""

    def __init__(self, run_id: UUID | None, facts: dict[str, Any]) -> None:
        self.facts, told = facts, facts["session"]
        self.id, self.standing = UUID(facts["session_id"]), facts["standing"]
        self.path = f"/runs/{run_id}/workshops#workshop-{self.id}"
        self.title, self.link, self.leader = told["title"], told["link"], told["leader"]
        self.is_off = told["state"] == "cancelled"
        self.words = {
            "title": self.title,
            "when": when(told["starts_at"]),
            "end": when(told["ends_at"]),
            "link": self.link,
            "name": self.leader,
        }

    def mail(self, subject: str, lines: list[str], method: str = REQUEST) -> Mail:
        """Its calendar file goes to those whose calendar it concerns: not to those who wait."""
        taken_out = self.facts.get("sequence") if method == CANCEL else None
        entry = Entry(method=method, title=self.title, place=self.link, sequence=taken_out)
        about = None if self.standing == "waits" else self.id
        return Mail(subject % self.words, [line % self.words for line in lines], self.path, about, entry)


def session_news(run_id: UUID | None, facts: dict[str, Any]) -> Mail | None:
    """Of a session that has changed, or is off; none where it was called off after the change."""
    session = Session(run_id, facts)
    if session.is_off:
        return called_off(session) if facts.get("off") else None
    return new_time(session) if facts.get("time") else changed(session)


def called_off(session: Session) -> Mail:
    lines = [
        _("The workshop “%(title)s” on %(when)s does not take place."),
        _("Look on the page whether another session suits you, and sign up there."),
    ]
    if session.standing != "waits":
        lines.append(_("The calendar file with this mail takes the date out of your calendar."))
    return session.mail(_("Called off: %(title)s, %(when)s"), lines, CANCEL)


def new_time(session: Session) -> Mail:
    lines = [
        _("The workshop “%(title)s” has a new time: it begins on %(when)s and ends on %(end)s."),
        *other_changes(session),
    ]
    if session.standing == "waits":
        lines.append(
            _("You are still on the waiting list. If the new time does not suit you, leave it on the page.")
        )
    else:
        lines.append(
            _(
                "You keep your place. If the new time does not suit you, give your place to somebody else on the page, and choose another session."
            )
        )
        lines.append(_("The calendar file with this mail puts the date right in your calendar."))
    return session.mail(_("New time: %(title)s, %(when)s"), lines)


def changed(session: Session) -> Mail:
    lines = [
        _("Something about the workshop “%(title)s” on %(when)s has changed. Its time stays."),
        *other_changes(session),
    ]
    if session.standing != "waits":
        lines.append(_("The calendar file with this mail puts the date right in your calendar."))
    return session.mail(_("Changed: %(title)s, %(when)s"), lines)


def other_changes(session: Session) -> list[str]:
    """Says what has changed beside the time."""
    lines = []
    if session.facts.get("title"):
        lines.append(_("It has a new name: “%(title)s”."))
    if session.facts.get("link"):
        address = _("The video meeting has a new address: %(link)s")
        lines.append(address if session.link else _("The address of the video meeting comes later."))
    if session.facts.get("leader"):
        leads = _("It is led by %(name)s now.")
        lines.append(leads if session.leader else _("It is led by somebody else now."))
    return lines


def standing_news(run_id: UUID | None, facts: dict[str, Any]) -> Mail | None:
    """Of a place that somebody got from the waiting list, or has given up."""
    session = Session(run_id, facts)
    if session.standing == "given_up":
        return given_up(session)
    return None if session.is_off else moved_up(session)


def moved_up(session: Session) -> Mail:
    lines = [
        _(
            "A place has become free, and you have moved up from the waiting list: the workshop “%(title)s” begins on %(when)s and ends on %(end)s."
        ),
        _(
            "If you cannot come, give your place to somebody else on the page, so that it does not stay empty."
        ),
        _("The calendar file with this mail puts the date right in your calendar."),
    ]
    return session.mail(_("You have a place: %(title)s, %(when)s"), lines)


def given_up(session: Session) -> Mail:
    lines = [
        _("You have given up your place in the workshop “%(title)s” on %(when)s."),
        _("If that was not your wish, sign up again on the page, or choose another session there."),
        _("The calendar file with this mail takes the date out of your calendar."),
    ]
    return session.mail(_("You have given up your place: %(title)s, %(when)s"), lines, CANCEL)


def session_reminder(run_id: UUID | None, facts: dict[str, Any]) -> Mail | None:
    """The day before, to those who have a place."""
    session = Session(run_id, facts)
    if session.is_off or session.standing == "waits":
        return None
    come_in = _("Come in on the page; the video meeting is here: %(link)s")
    lines = [
        _("You have a place in the workshop “%(title)s”. It begins on %(when)s and ends on %(end)s."),
        come_in if session.link else _("Come in on the page when it begins."),
        _(
            "If you cannot come, give your place to somebody else on the page, so that it does not stay empty."
        ),
    ]
    return session.mail(_("Reminder: %(title)s, %(when)s"), lines)
