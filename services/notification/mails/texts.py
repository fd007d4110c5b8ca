"""The texts of mails: plain, in the reader's language, without a word that anybody wrote in Polku."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.notification.mails.mail import Mail, when
from services.notification.mails.session_texts import session_news, session_reminder, standing_news
from services.notification.mails.words import (
    can_do,
    for_everybody,
    phase_name,
    subject_of,
    title_of,
    way_in_changed,
)
from shared.languages import _

HOME = "/home"  # where a person finds what can be done now
SETTINGS = "/settings"  # leads on to the organisation's own page
AUDIT = "/audit"  # and to its log


def write(kind: str, run_id: UUID | None, facts: dict[str, Any]) -> Mail | None:
    """Returns the mail of an occasion, in the language that is spoken now; none where it brings its reader nothing any more."""
    return MAILS[kind](run_id, facts)


def invitation(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    lines = [can_do(activity) for activity in facts["activities"]]
    if closes_at := facts.get("closes_at"):
        lines.append(_("It is open until %(when)s.") % {"when": when(closes_at)})
    return Mail(subject_of(facts["activities"][0]), lines, HOME)


def welcome(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    lines = [
        _(
            "Your organisation has opened Polku for you: it is where you say what you think, see what colleagues say, and follow what becomes of it."
        ),
        _("Sign in with the account that you use at work. Your page shows what you can do now."),
    ]
    return Mail(_("Welcome to Polku"), lines, HOME)


def reminder(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    subject = _("There is still time to take part")
    lines = [can_do(activity) for activity in facts["activities"]]
    lines.append(_("It is open until %(when)s.") % {"when": when(facts["closes_at"])})
    lines.append(_("If you have just taken part while this mail was on its way: thank you, and never mind."))
    return Mail(subject, lines, HOME)


def townhall(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    title, begins = title_of(facts["purpose"]), when(facts["starts_at"])
    has_moved = facts.get("has_moved")
    subject = _("New time: %(title)s, %(when)s") if has_moved else _("Welcome: %(title)s, %(when)s")
    lines = [
        for_everybody(facts["purpose"]) % {"when": begins},
        _("The calendar file comes with this mail. Sign up and ask your question beforehand on the page."),
    ]
    path = f"/runs/{run_id}/{facts['purpose']}"
    return Mail(subject % {"title": title, "when": begins}, lines, path, UUID(facts["appointment_id"]))


def workshops(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    times = sorted(starts_at for name, starts_at in facts.items() if name.startswith("session:"))
    lines = [_("Choose the session that suits you; the places are given in the order of signing up.")]
    lines.append("\n".join(f"- {when(time)}" for time in times))
    lines.append(_("On the page you sign up and take the date into your calendar."))
    return Mail(_("Workshop sessions to choose from"), lines, f"/runs/{run_id}/workshops")


def dates(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    lines = [_("The agreed path has new dates:")]
    moved = {name.removeprefix("phase:"): times for name, times in facts.items() if name.startswith("phase:")}
    lines.append(
        "\n".join(
            f"- {phase_name(phase)}: {_span(times)}" for phase, times in sorted(moved.items(), key=_start)
        )
    )
    return Mail(_("New dates on the agreed path"), lines, f"/runs/{run_id}/plan")


def plan(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    what = {
        "proposed": (
            _("A change of the plan waits for your answer"),
            _("Look at what would change, and accept or decline it."),
        ),
        "agreed": (
            _("The plan is agreed"),
            _("Both parties have accepted this version. It is the agreed path from now on."),
        ),
        "declined": (_("A change of the plan was declined"), _("The agreed path stays as it was.")),
    }
    subject, line = what[facts["what"]]
    return Mail(subject, [line], f"/desk/runs/{run_id}/plan")


def launch(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    if facts.get("number", 1) > 1:
        return another_edition(run_id)
    lines = [
        _(
            "The workbook that we made together is open to everybody: your colleagues' words, tips, idea cards."
        ),
        _("Read it on a phone, on paper, or together with your team."),
    ]
    return Mail(_("Our workbook is here"), lines, f"/runs/{run_id}/workbook")


def another_edition(run_id: UUID | None) -> Mail:
    lines = [
        _("The workbook that we made together has a new edition."),
        _("Read it on a phone, on paper, or together with your team."),
    ]
    return Mail(_("A new edition of our workbook"), lines, f"/runs/{run_id}/workbook")


def review(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    lines = [_("Your team promised to ask about its ground rules today: still true?")]
    return Mail(_("Your team's ground rules: still true?"), lines, f"/runs/{run_id}/rules")


def webhook(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    why = {
        "gone": _("The receiving system answered that the endpoint is gone for good (410)."),
        "failing": _("For a day nothing has got through to it."),
    }[facts["why"]]
    what_now = _("What happens meanwhile waits in the log. Mend the endpoint, then switch it on again.")
    path = f"/desk/webhooks/{facts['webhook_id']}"
    return Mail(_("A webhook was switched off"), [why, what_now], path)


def way_in(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    what_now = _(
        "Who did it and what changed stands in the settings. If you do not know of it, ask there at once, and close the way in."
    )
    return Mail(
        _("How your people sign in was changed"), [way_in_changed(facts["change"]), what_now], SETTINGS
    )


def host_record(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    lines = [
        _(
            "The DNS record that proved one of your organisation's own host names is missing. The name goes on leading to your pages."
        ),
        _(
            "Which name it is and what the record says stands in the settings. Set the record again, or give the name up there if it is yours no more."
        ),
    ]
    return Mail(_("The DNS record of a host name is missing"), lines, SETTINGS)


def audit_head(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    """The head stands on a line of its own, so that the command that checks the log finds it in saved mails."""
    lines = [
        _(
            "The audit log says who did what with your organisation's pages. It has %(entries)s entries by now. This is the number of the last one with its seal, which stands for all entries before it:"
        )
        % {"entries": facts["entries"]},
        f"{facts['entries']}:{facts['seal']}",
        _(
            "Keep this mail. With it anybody can check later whether an entry was changed, taken out or put in since. What the entries say you read on the page."
        ),
    ]
    return Mail(_("The seal of your organisation's audit log"), lines, AUDIT)


def way_in_link(run_id: UUID | None, facts: dict[str, Any]) -> Mail:
    """The secret is asked for when the mail is posted; it stands in no event and in no row of ours."""
    lines = [
        _(
            "Somebody has set up or changed a way to sign in to your organisation's pages. It lets your listed people in, with their roles, once you have confirmed it."
        ),
        _(
            "Open the link, compare what it shows with your own identity provider, and confirm it only if it is yours. The link is good once, and for a week."
        ),
    ]
    path = f"/ways-in/{facts['link_id']}/{facts['secret']}"
    return Mail(_("Confirm how your people sign in"), lines, path)


MAILS: dict[str, Callable[[UUID | None, dict[str, Any]], Mail | None]] = {
    "way_in": way_in,
    "way_in_link": way_in_link,
    "host_record": host_record,
    "audit_head": audit_head,
    "invitation": invitation,
    "welcome": welcome,
    "reminder": reminder,
    "townhall": townhall,
    "workshops": workshops,
    "session": session_news,
    "place": standing_news,
    "session_reminder": session_reminder,
    "dates": dates,
    "plan": plan,
    "launch": launch,
    "review": review,
    "webhook": webhook,
}


def _span(times: dict[str, str | None]) -> str:
    opens_at, closes_at = times.get("opens_at"), times.get("closes_at")
    if opens_at and closes_at:
        return _("from %(start)s to %(end)s") % {"start": when(opens_at), "end": when(closes_at)}
    if closes_at:
        return _("until %(end)s") % {"end": when(closes_at)}
    return _("from %(start)s") % {"start": when(opens_at)} if opens_at else _("the date is open")


def _start(moved: tuple[str, dict[str, str | None]]) -> str:
    return moved[1].get("opens_at") or moved[1].get("closes_at") or ""
