"""The list of mails that did not arrive, person by person, for those who can correct an address and send it again."""

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal import door
from services.portal.answers import see_other
from services.portal.areas.mails import words as mail_words
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import names_of
from services.portal.clients.notification import notification
from shared.contracts.api.notification import Undelivered
from shared.languages import _, gettext, ngettext


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(prefix, "send_all_again", send_all_again, methods=["POST"])
    pages.add_url_rule(f"{prefix}/<uuid:notice_id>", "send_again", send_again, methods=["POST"])


def show(said: str = "") -> str:
    after = request.args.get("after")
    found = notification.undelivered(after)
    more = url_for(".show", after=found.next) if found.next else None
    return render_template(
        "mails/undelivered.html",
        people=by_person(found.items),
        some_hold=any(mail.still_holds for mail in found.items),
        person_page=f"{door.face()}.people.person",
        words=mail_words,
        more=more,
        back=url_for(".show") if after else None,
        said=said,
    )


def by_person(mails: list[Undelivered]) -> list[dict[str, Any]]:
    names = names_of([mail.member_id for mail in mails])
    return [
        {"id": id, "name": names.get(str(id)) or _("somebody who has left"), "mails": list(theirs)}
        for id, theirs in groupby(mails, key=lambda mail: mail.member_id)
    ]


def send_again(notice_id: UUID) -> Response | tuple[str, int]:
    try:
        notification.send_mail_again(notice_id)
    except ApiProblem as problem:
        problem.raise_unless(404, 409)
        return show(sentence_of(problem)), problem.status
    flash(_("The mail is on its way once more. If it does not arrive, it stands here again."), "good")
    return see_other(".show")


def sentence_of(problem: ApiProblem) -> str:
    if problem.status == 404:
        return _("This mail is not on the list any more: it is on its way, or the person has left.")
    return gettext(problem.detail)


def send_all_again() -> Response:
    many = notification.send_all_mails_again().notices
    sentence = ngettext(
        "%(num)d mail is on its way once more. What does not arrive stands here again.",
        "%(num)d mails are on their way once more. What does not arrive stands here again.",
        many,
    )
    flash(sentence % {"num": many}, "good" if many else "wait")
    return see_other(".show")
