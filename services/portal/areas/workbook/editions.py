"""Editions, and the launch that opens one to all staff: planned, moved, taken back."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response as Answer

from services.portal.agreed_path import coming_of, current_of, run_of
from services.portal.answers import see_other
from services.portal.areas.workbook.signatures import names_in, signatures
from services.portal.clients.base import ApiProblem
from services.portal.clients.notification import notification
from services.portal.clients.publishing import publishing, writing
from services.portal.forms.edits import edited
from services.portal.forms.fields import as_sent
from services.portal.forms.times import AskedBack, Doubt, times_in
from shared.contracts.api.notification import Readers
from shared.contracts.api.publishing import (
    NOBODY,
    NOT_TOLD_YET,
    LaunchToMove,
    LaunchToPlan,
    WithdrawalToGive,
)
from shared.contracts.api.publishing_writing import Workbook
from shared.languages import _, gettext

FOR_A_LAUNCH = {"launch", "read_workbook"}
Answered = TypeVar("Answered")


class Refused(NamedTuple):
    """A refusal with the minute that was typed, and the edition or launch that it is about."""

    sentence: str = ""
    typed: str = ""
    about: UUID | None = None
    doubt: Doubt | None = None


def editions(run_id: UUID) -> str:
    return editions_page(run_id, Refused())


def editions_page(run_id: UUID, refused: Refused) -> str:
    workbook = writing.workbook(run_id)
    planned = next((launch for launch in workbook.launches if launch.state == "planned"), None)
    return render_template(
        "workbook/editions.html",
        run_id=run_id,
        workbook=workbook,
        signatures=signatures(workbook),
        planned=planned,
        names=names_in(edition.frozen_by for edition in workbook.editions),
        is_new=is_new(workbook),
        readers=readers(),
        written_to=written_to(workbook),
        outside=outside_its_phase(run_id),
        chosen=request.form.get("writes_to", NOT_TOLD_YET),
        refused=refused,
    )


def is_new(workbook: Workbook) -> bool:
    return not workbook.editions or workbook.editions[-1].of_version != workbook.version


def readers() -> int | None:
    """How many a launch would write to; None while nobody can be asked."""
    return unless_away(lambda: notification.audience("launch").people)


def written_to(workbook: Workbook) -> dict[UUID, Readers | None]:
    """Of each edition whose launch was taken back: how many have got a mail of it, and how many have not."""
    back = {launch.edition_id for launch in workbook.launches if launch.state == "withdrawn"}
    return {id: unless_away(partial(notification.readers, id)) for id in back}


class OutsideItsPhase(NamedTuple):
    """The run's phase, which is not one for a launch, and the phase to open first, if it is still to come."""

    phase: str | None
    first: str | None


def outside_its_phase(run_id: UUID) -> OutsideItsPhase | None:
    """Returns the phase of the run, if that is none for a launch."""
    run = unless_away(lambda: run_of(run_id))
    if run is None or FOR_A_LAUNCH & set(run.activities):
        return None
    here = current_of(run)
    first = next((phase.key for phase in coming_of(run) if FOR_A_LAUNCH & set(phase.activities)), None)
    return OutsideItsPhase(here.key if here else None, first)


def unless_away(ask: Callable[[], Answered]) -> Answered | None:
    """The answer; None while nobody can be asked, or for whom it is not."""
    try:
        return ask()
    except ApiProblem as problem:
        if problem.is_away or problem.status == 403:
            return None
        raise


def freeze(run_id: UUID) -> Answer:
    edition = publishing.freeze(run_id)
    flash(_("Edition %(number)s is frozen. The PDF is being made.") % {"number": edition.number}, "good")
    return see_other(".editions", run_id=run_id)


def print_again(run_id: UUID, edition_id: UUID) -> Answer:
    publishing.print_again(edition_id)
    return see_other(".editions", run_id=run_id)


def launch(run_id: UUID, edition_id: UUID) -> Answer | tuple[str, int]:
    form = request.form
    if not form.get("knowingly") and outside_its_phase(run_id):
        sentence = _("Say that you launch it outside its phase, or open that phase first.")
        return editions_page(run_id, Refused(sentence, form.get("at", ""), edition_id)), 422
    whom = {"writes_to": form["writes_to"]} if form.get("writes_to") else {}
    if form.get("now"):
        return open_now(run_id, edition_id, whom)
    return at_a_minute(run_id, edition_id, partial(plan, edition_id, whom))


def plan(edition_id: UUID, whom: dict[str, str], at: datetime | None) -> None:
    publishing.plan_launch(edition_id, as_sent(LaunchToPlan, {"at": at, **whom}))


def open_now(run_id: UUID, edition_id: UUID, whom: dict[str, str]) -> Answer:
    publishing.plan_launch(edition_id, as_sent(LaunchToPlan, {"now": True, **whom}))
    sentences = {
        NOBODY: _("The workbook opens to all staff now. Nobody is written to."),
        NOT_TOLD_YET: _("The workbook opens to all staff now. Those who have got no mail of it yet get one."),
    }
    usual = _("The workbook opens to all staff now, and mails are on their way.")
    flash(sentences.get(whom.get("writes_to", ""), usual), "good")
    return see_other(".editions", run_id=run_id)


def move_launch(run_id: UUID, launch_id: UUID) -> Answer | tuple[str, int]:
    return at_a_minute(run_id, launch_id, partial(move, launch_id))


def move(launch_id: UUID, at: datetime | None) -> None:
    publishing.move_launch(launch_id, as_sent(LaunchToMove, edited({"at": at})))


def at_a_minute(run_id: UUID, about: UUID, act: Callable[[Any], None]) -> Answer | tuple[str, int]:
    typed = request.form.get("at", "")
    try:
        act(times_in(request.form, {"at": None})["at"])
    except AskedBack as asked:
        return editions_page(run_id, Refused(asked.sentence, typed, about, asked.doubts["at"])), 422
    except ApiProblem as problem:
        return editions_page(run_id, Refused(gettext(problem.detail), typed, about)), problem.status
    flash(_("The launch is set. The workbook opens by itself at that minute."), "good")
    return see_other(".editions", run_id=run_id)


def withdraw(run_id: UUID, launch_id: UUID) -> Answer:
    reason = request.form.get("reason", "").strip()
    withdrawn = publishing.withdraw_launch(launch_id, WithdrawalToGive(reason=reason))
    sentence = (
        _("The launch is called off.")
        if withdrawn.state == "called_off"
        else _("The launch is taken back. Employees no longer see this edition.")
    )
    flash(sentence, "wait")
    return see_other(".editions", run_id=run_id)
