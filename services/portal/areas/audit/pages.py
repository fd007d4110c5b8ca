"""The pages of an audit log: who did what, narrowed by kind, person and days; and the file to take along."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.areas.audit import words
from services.portal.clients.identity import audit_log
from services.portal.clients.process import process
from shared.contracts.api.identity_audit import EntryPage, Form, Group
from shared.languages import _

FORMS = ("csv", "json")


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(f"{prefix}/audit-log.<form>", "export", export)


def show() -> str:
    asked = {name: request.args.get(name, "") for name in ("group", "person_id", "since", "until")}
    said = {name: day_refused(asked[name]) for name in ("since", "until")}
    after = request.args.get("after")
    found = those_asked_for(asked, after)
    narrowed: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return render_template(
        "audit/show.html",
        lines=words.in_words(found, runs_of(found)),
        more=url_for(".show", **narrowed, after=found.next) if found.next else None,
        back=url_for(".show", **narrowed) if after else None,
        asked=asked,
        said=said,
        is_narrowed=bool(narrowed),
        person=words.person(person_in(asked), found.names),
        groups=words.groups_in_words(),
        head=f"{found.entries}:{found.seal}" if found.entries else "",
        entries=found.entries,
    )


def those_asked_for(asked: dict[str, str], after: str | None) -> EntryPage:
    """Asks for a page of the log; a made-up group or day narrows nothing."""
    group = cast(Group, asked["group"]) if asked["group"] in words.GROUPS else None
    since, until = day_in(asked["since"]), day_in(asked["until"])
    return audit_log.read(group, person_in(asked), since, until, after)


def person_in(asked: dict[str, str]) -> UUID | None:
    try:
        return UUID(asked["person_id"])
    except ValueError:
        return None


def day_in(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def day_refused(typed: str) -> str:
    is_one = not typed or day_in(typed)
    return "" if is_one else _("This is no day. Write it like 2026-03-14, or choose it from the calendar.")


def runs_of(found: EntryPage) -> dict[UUID, str]:
    """The names of runs, asked only where an entry is about one."""
    are_named = any(entry.run_id for entry in found.items)
    return {run.id: run.name for run in process.runs()} if are_named else {}


def export(form: str) -> Response:
    if form not in FORMS:
        abort(404)
    kept = audit_log.export(cast(Form, form))
    answer = Response(kept.content, content_type=kept.type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"audit-log.{form}")
    return answer
