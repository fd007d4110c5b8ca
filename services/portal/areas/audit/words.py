"""Entries of the audit log as people read them."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from services.portal.agreed_path import phase_label
from services.portal.areas.people.words import role_words
from services.portal.areas.webhooks.words import did_in_words
from services.portal.menu import N_, NC_
from services.portal.wording import day, number
from shared.contracts.api.identity_audit import Entry, EntryPage
from shared.languages import ZONE, _, gettext, ngettext, pgettext

GROUPS = {
    "access": N_("Access of the consultancy"),
    "sign_ins": N_("Signing in"),
    "people": N_("People and roles"),
    "organisation": N_("The organisation and its addresses"),
    "path": N_("The agreed path"),
    "releases": N_("What was released"),
    "log": N_("The audit log itself"),
}
KINDS = {
    "access_granted": N_("Access was granted"),
    "access_ended": N_("Access ended"),
    "came_in": N_("Came in for the first time on this day"),
    "access_refused": N_("Was refused: no access is granted"),
    "signed_in": N_("Signed in"),
    "employees_signed_in": N_("Employees signed in"),
    "sign_in_refused": N_("A sign-in was refused"),
    "way_in_changed": N_("A way to sign in was changed"),
    "roles_changed": N_("Roles were changed"),
    "roles_vouched": N_("The organisation's directory changed who decides"),
    "person_moved": N_("Unit or site was changed"),
    "people_taken_in": N_("A list of people was taken in"),
    "people_list_undone": N_("A list of people was undone"),
    "people_invited": N_("People were invited"),
    "membership_ended": N_("A membership was ended"),
    "person_erased": N_("A person was erased"),
    "organisation_opened": N_("The organisation was opened"),
    "organisation_changed": N_("The organisation's settings were changed"),
    "host_claimed": N_("A host name was claimed"),
    "host_proven": N_("A host name was proven"),
    "host_given_up": N_("A host name was given up"),
    "rooms_closed": N_("The organisation's rooms were closed"),
    "rooms_reopened": N_("The organisation's rooms were opened again"),
    "webhook_changed": N_("A webhook was changed"),
    "run_planned": N_("A path was planned"),
    "plan_proposed": N_("A plan was proposed"),
    "plan_agreed": N_("The plan was agreed"),
    "plan_declined": N_("A change of the plan was declined"),
    "phase_opened": N_("A phase was opened"),
    "phase_closed": N_("A phase was closed"),
    "strayed_from_plan": N_("The agreed path was left"),
    "run_completed": N_("A path was completed"),
    "key_destroyed": N_("A key behind pseudonyms was destroyed"),
    "ranking_released": N_("A ranking was released"),
    "edition_approved": N_("The workbook was approved"),
    "edition_frozen": N_("An edition of the workbook was frozen"),
    "workbook_launched": N_("The workbook was launched"),
    "workbook_withdrawn": N_("A launch was taken back"),
    "head_mailed": N_("The seal was mailed to the administrators"),
    "log_exported": N_("The audit log was taken along"),
}
CHANGES = {
    "made": N_("set up"),
    "edited": NC_("way to sign in", "changed"),
    "secret_replaced": N_("client secret replaced"),
    "confirmed": N_("confirmed"),
    "records_missing": N_("DNS records missing"),
    "closed": N_("closed"),
    "reopened": N_("opened again"),
    "mended": N_("lockout mended by the operator"),
    "token_made": N_("token for the directory made"),
    "token_withdrawn": N_("token for the directory withdrawn"),
    "directory": N_("by the organisation's directory"),
}
REFUSALS = {
    "not-your-domain": N_("the address is of no domain of the organisation"),
    "not-confirmed": N_("the way in is not confirmed"),
    "you-have-left": N_("the membership has ended"),
    "is-suspended": N_("the rooms are closed"),
}
FIELDS = {
    "name": N_("Name"),
    "languages": N_("Languages"),
    "theme": N_("Colour"),
    "reply_to": N_("Address for answers to mails"),
    "idle_minutes": N_("When sessions end"),
    "session_hours": N_("When sessions end"),
}
KEYS = {
    "survey": N_("views"),
    "voting": N_("votes"),
    "workshop": N_("workshops"),
    "townhall": N_("events"),
}


class Line(NamedTuple):
    """One entry: when (`is_day`: known by the day alone), what, about whom, by whom, and what else there is to say."""

    number: int
    at: datetime
    is_day: bool
    what: str
    who: str
    who_id: UUID | None
    details: list[tuple[str, str]]


def in_words(found: EntryPage, runs: Mapping[UUID, str]) -> list[Line]:
    return [line(entry, found, runs) for entry in found.items]


def line(entry: Entry, found: EntryPage, runs: Mapping[UUID, str]) -> Line:
    is_day = entry.at.astimezone(ZONE).time() == time()
    what = gettext(KINDS.get(entry.kind, entry.kind))
    who = actor(entry, found.names)
    details = [(label, said) for label, said in details_of(entry, found, runs) if said]
    return Line(entry.number, entry.at, is_day, what, who, entry.actor_id, details)


def actor(entry: Entry, names: Mapping[UUID, str]) -> str:
    if entry.actor_id is None:
        return _("the operator") if entry.side == "operator" else _("Polku itself")
    if entry.side == "guest":
        return _("%(name)s, of the consultancy") % {"name": person(entry.actor_id, names)}
    return person(entry.actor_id, names)


def person(id: UUID | None, names: Mapping[UUID, str]) -> str:
    """The name of today; of a person who was erased there is none."""
    if id is None:
        return ""
    return names.get(id, _("somebody without a name here")) or _("a person who was erased")


def details_of(entry: Entry, found: EntryPage, runs: Mapping[UUID, str]) -> list[tuple[str, str]]:
    facts = entry.facts
    reason = found.reasons.get(entry.about_id, "") if entry.about_id else ""
    return [
        (_("Whom"), whom(entry, found.names)),
        (_("Path"), runs.get(entry.run_id, "") if entry.run_id else ""),
        *[(label, said) for name, value in facts.items() for label, said in [fact(name, value)]],
        (_("Reason"), reason),
        (_("Beware"), not_as_sealed(entry, found)),
    ]


def not_as_sealed(entry: Entry, found: EntryPage) -> str:
    is_so = entry.number in found.changed_reasons
    return _("the reason was changed after the access was granted") if is_so else ""


ABOUT_PEOPLE = ("roles_changed", "roles_vouched", "person_moved", "membership_ended", "person_erased")
ABOUT_WAYS_IN = ("way_in_changed", "sign_in_refused", "signed_in")


def whom(entry: Entry, names: Mapping[UUID, str]) -> str:
    """The person, or the way in, that the act is about."""
    if "whom" in entry.facts:
        return person(UUID(entry.facts["whom"]), names)
    if entry.kind in ABOUT_WAYS_IN and entry.about_id:
        return names.get(entry.about_id, "")
    return person(entry.about_id, names) if entry.kind in ABOUT_PEOPLE else ""


def fact(name: str, value: Any) -> tuple[str, str]:
    """Returns a fact's label and how it reads; nothing for ids, which stand elsewhere."""
    said = {
        "roles": lambda: (_("Roles"), role_words(value)),
        "given": lambda: (_("Given"), role_words(value)),
        "taken": lambda: (_("Taken away"), role_words(value)),
        "until": lambda: (_("Last day"), day(date.fromisoformat(value))),
        "how": lambda: (_("What"), change_in_words(value)),
        "what": lambda: (_("What"), did_in_words(value)),
        "why": lambda: (_("Why"), gettext(REFUSALS.get(value, value))),
        "host": lambda: (_("Host name"), value),
        "at_least": lambda: (_("How many"), how_many(value)),
        "people": lambda: (_("How many"), number(value)),
        "added": lambda: (_("Added"), number(value)),
        "changed": lambda: (_("Changed"), number(value)),
        "unchanged": lambda: (_("Unchanged"), number(value)),
        "fields": lambda: (_("What"), fields_in_words(value)),
        "purpose": lambda: (_("Key"), gettext(KEYS.get(value, value))),
        "phase": lambda: (_("Phase"), phase_label(value)),
        "edition": lambda: (_("Edition"), str(value)),
        "entry": lambda: (_("Up to entry"), str(value)),
        "form": lambda: (_("Form"), value.upper()),
    }.get(name)
    return said() if said else ("", "")


def fields_in_words(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(gettext(FIELDS[name]) for name in names if name in FIELDS))


def change_in_words(how: str) -> str:
    return pgettext("way to sign in", "changed") if how == "edited" else gettext(CHANGES.get(how, how))


def how_many(least: int) -> str:
    """Counts are in fives: a smaller number would point at people."""
    if not least:
        return _("fewer than five")
    return ngettext("at least %(num)d", "at least %(num)d", least) % {"num": least}


def groups_in_words() -> list[tuple[str, str]]:
    return [("", _("all")), *((group, gettext(label)) for group, label in GROUPS.items())]
