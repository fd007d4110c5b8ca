"""Webhooks on the client's desk: the organisation's own systems that hear what happens, and how it got to them."""

from datetime import date, datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.webhooks import words
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import names_of
from services.portal.clients.notification import notification
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem
from shared.contracts.api.notification import ChangedWebhook, ShownSecret, Since, Webhook, WishedWebhook
from shared.languages import ZONE, _, gettext, ngettext

ROLES = frozenset({"admin"})
CHANGES_A_PAGE = 20
pages = Blueprint("webhooks", __name__)
menu = [MenuItem(N_("Webhooks"), "client.webhooks.index", ROLES, "client", 92, of_run=False)]
keep_for(pages, *ROLES)


@pages.get("/desk/webhooks")
def index() -> str:
    after = request.args.get("after")
    response = notification.webhook_changes(after=after, limit=CHANGES_A_PAGE)
    who = names_of([change.member_id for change in response.items if change.member_id])
    more = url_for(".index", after=response.next, _anchor="changes") if response.next else None
    about = {"changes": response.items, "more": more, "after": after, "who": who, "words": words}
    return render_template("webhooks/all.html", webhooks=notification.webhooks(), **about)


@pages.get("/desk/webhooks/new")
def new(typed: Any = None, problem: ApiProblem | None = None) -> str:
    return form_page(None, typed, problem)


@pages.post("/desk/webhooks/new")
def register() -> str | tuple[str, int]:
    try:
        made = notification.register_webhook(as_sent(WishedWebhook, wished()))
    except ApiProblem as problem:
        return form_page(None, request.form, problem), problem.status
    return show_secret(made, _("The endpoint is registered"))


@pages.get("/desk/webhooks/<uuid:webhook_id>")
def show(webhook_id: UUID, said: str = "") -> str:
    state, after = request.args.get("state") or None, request.args.get("after")
    log = notification.deliveries(webhook_id, state=state, after=after)
    first = partial(url_for, ".show", webhook_id=webhook_id, state=state, _anchor="log-title")
    more, back = first(after=log.next) if log.next else None, first() if after else None
    webhook = notification.webhook(webhook_id)
    return render_template(
        "webhooks/one.html",
        webhook=webhook,
        log=log.items,
        more=more,
        back=back,
        state=state,
        said=said,
        words=words,
    )


@pages.get("/desk/webhooks/<uuid:webhook_id>/edit")
def edit(webhook_id: UUID) -> str:
    return form_page(notification.webhook(webhook_id), None, None)


@pages.post("/desk/webhooks/<uuid:webhook_id>/edit")
def change(webhook_id: UUID) -> Response | tuple[str, int]:
    try:
        notification.change_webhook(webhook_id, as_sent(ChangedWebhook, edited(wished())))
    except ApiProblem as problem:
        return form_page(notification.webhook(webhook_id), request.form, problem), problem.status
    return back_to(webhook_id, _("Saved."))


@pages.post("/desk/webhooks/<uuid:webhook_id>/act")
def act(webhook_id: UUID) -> Any:
    """Test it, pause it, switch it on, send something again; a refusal is said on the page."""
    try:
        return back_to(webhook_id, ACTS[request.form.get("act", "")](webhook_id))
    except KeyError:
        return show(webhook_id, _("Choose what to do.")), 422
    except ApiProblem as problem:
        return show(webhook_id, gettext(problem.detail)), problem.status


@pages.post("/desk/webhooks/<uuid:webhook_id>/secret")
def rotate(webhook_id: UUID) -> str:
    return show_secret(notification.rotate_webhook(webhook_id), _("A new signing secret"))


@pages.post("/desk/webhooks/<uuid:webhook_id>/remove")
def remove(webhook_id: UUID) -> Response:
    notification.remove_webhook(webhook_id)
    flash(_("The endpoint is removed."), "good")
    return see_other(".index")


def form_page(webhook: Webhook | None, typed: Any, problem: ApiProblem | None) -> str:
    return render_template(
        "webhooks/form.html",
        webhook=webhook,
        typed=Fields(typed),
        said=gettext(problem.detail) if problem else "",
        groups=words.groups_in_words(notification.webhook_offers()),
    )


def wished() -> dict[str, Any]:
    form = {name: request.form.get(name, "").strip() for name in ("name", "address")}
    return form | {"types": request.form.getlist("types")}


def show_secret(made: ShownSecret, title: str) -> str:
    """The answer to the form itself: a secret that is shown once goes into no cookie and no address."""
    return render_template("webhooks/secret.html", made=made, title=title)


def back_to(webhook_id: UUID, sentence: str) -> Response:
    flash(sentence, "good")
    return see_other(".show", webhook_id=webhook_id)


def test(webhook_id: UUID) -> str:
    notification.test_webhook(webhook_id)
    return _("A test event is on its way. How it got there stands in the log in a moment.")


def pause(webhook_id: UUID) -> str:
    notification.pause_webhook(webhook_id)
    return _("Paused. What happens waits in the log.")


def resume(webhook_id: UUID) -> str:
    notification.resume_webhook(webhook_id)
    return _("Switched on. What has waited goes out now.")


def send_again(webhook_id: UUID) -> str:
    notification.send_again(webhook_id, request.form.get("delivery_id", type=UUID) or UUID(int=0))
    return _("It is on its way once more.")


def send_failed_again(webhook_id: UUID) -> str:
    many = notification.send_failed_again(webhook_id, since(request.form.get("since", ""))).deliveries
    return ngettext("%(many)d delivery is sent again.", "%(many)d deliveries are sent again.", many) % {
        "many": many
    }


def since(day: str) -> Since:
    """The beginning of that day in Finland; raises ApiProblem for what is no day."""
    try:
        return Since(since=datetime.combine(date.fromisoformat(day), time(), ZONE))
    except ValueError:
        raise ApiProblem(422, "no-day", N_("Choose the day from which on to send again.")) from None


ACTS = {"test": test, "pause": pause, "resume": resume, "again": send_again, "all_again": send_failed_again}
