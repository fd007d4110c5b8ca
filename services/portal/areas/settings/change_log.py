"""The log of ways in, as people read it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from services.portal.clients.identity import names_of
from services.portal.menu import N_
from shared.contracts.api.identity_ways_in import Connection, WayInChange
from shared.languages import _, gettext, pgettext

ADMITTED = {
    "domains": N_("everybody with an address of these domains"),
    "listed": N_("only people who are on the list"),
}

WITH_DETAILS = ("edited", "metadata_changed")


class Line(NamedTuple):
    """When, which way in, what happened, who did it."""

    at: datetime
    way: str
    what: str
    details: list[str]
    by: str
    because: str


def in_words(changes: list[WayInChange], ways: Iterable[Connection]) -> list[Line]:
    names = names_of([change.by_id for change in changes if change.by_id])
    called = {way.id: way.name for way in ways}
    return [
        Line(
            at=change.at,
            way=called.get(change.connection_id, ""),
            what=what_happened(change),
            details=details_of(change),
            by=", ".join(change.operators) or names.get(str(change.by_id), "") or by_link(change),
            because=change.because,
        )
        for change in changes
    ]


def by_link(change: WayInChange) -> str:
    return _("whoever opened the link for IT") if change.facts.get("by_link") else ""


def details_of(change: WayInChange) -> list[str]:
    if change.kind not in WITH_DETAILS:
        return []
    return [detail(name, *values) for name, values in change.facts.items() if name != "by_link"]


def what_happened(change: WayInChange) -> str:
    if change.kind == "confirmed":
        return {
            "link": _("confirmed by the link in a mail"),
            "dns": _("confirmed by DNS records"),
        }.get(str(change.facts.get("how"))) or _("confirmed by the operator")
    return {
        "made": _("set up"),
        "edited": pgettext("way to sign in", "changed"),
        "secret_replaced": _("client secret replaced"),
        "records_missing": _("DNS records missing"),
        "metadata_changed": _("the provider's metadata have changed, and were followed"),
        "certificate_ends": _("the last certificate ends soon"),
        "closed": _("closed"),
        "link_made": _("a link for IT was made, by which a way to sign in can be set up"),
        "link_opened": _("the link for IT was opened"),
        "reopened": _("opened again"),
        "token_made": _("token for the directory made"),
        "token_withdrawn": _("token for the directory withdrawn"),
        "token_ends": _("token for the directory about to end"),
    }.get(change.kind) or _("lockout mended by the operator")


def detail(name: str, before: Any, after: Any) -> str:
    label = {
        "name": _("What the button says"),
        "issuer": _("Address of the identity provider (issuer)"),
        "client_id": _("Client id"),
        "domains": _("E-mail domains that belong to this organisation"),
        "factors": _("Words of your provider for a second factor"),
        "admits": _("Who gets an account at the first sign-in"),
        "home_organisations": _("Home organisations"),
        "metadata_url": _("Address of the metadata"),
        "signed_by": _("Certificate of the federation (SHA-256)"),
        "sign_in_address": _("Address to sign in at"),
        "certificates": _("Certificates that sign (SHA-256)"),
    }.get(name) or _("Names of claims and groups")
    before, after = (
        gettext(ADMITTED[value]) if name == "admits" else shown(value) for value in (before, after)
    )
    return _("%(what)s: %(before)s, now %(after)s") % {"what": label, "before": before, "after": after}


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{theirs} = {ours}" for theirs, ours in sorted(value.items())) or _("nothing")
    return (", ".join(value) if isinstance(value, list) else str(value)) or _("nothing")
