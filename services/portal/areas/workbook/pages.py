"""The pages of the workbook that both sides have, and the ones for quotes, approval and files."""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request
from markupsafe import Markup
from msgspec.structs import asdict
from werkzeug.wrappers import Response as Answer

from services.portal.answers import see_other
from services.portal.areas.workbook.block_forms import difference, words_of
from services.portal.areas.workbook.editions import (
    editions,
    freeze,
    launch,
    move_launch,
    print_again,
    withdraw,
)
from services.portal.areas.workbook.signatures import names_in
from services.portal.clients.base import ApiProblem
from services.portal.clients.publishing import publishing, theming, writing
from services.portal.clients.survey import texts_of
from shared.contracts.api.publishing_writing import ApprovalToGive, Clearing, ClearingToGive, PassageHistory
from shared.contracts.api.survey import TextOfView
from shared.languages import _
from shared.web.operations import File

QUESTIONS: tuple[Literal["identifiability", "wording"], ...] = ("identifiability", "wording")


def lay_out(pages: Blueprint, prefix: str) -> None:
    """Add these pages to the area of one side, under the paths of that side."""
    pages.add_url_rule(f"{prefix}/quotes", "quotes", quotes)
    pages.add_url_rule(f"{prefix}/quotes/<uuid:passage_id>", "clear", clear, methods=["POST"])
    pages.add_url_rule(f"{prefix}/approval", "approve", approve, methods=["POST"])
    pages.add_url_rule(f"{prefix}/editions", "editions", editions)
    pages.add_url_rule(f"{prefix}/editions", "freeze", freeze, methods=["POST"])
    pages.add_url_rule(
        f"{prefix}/editions/<uuid:edition_id>/print", "print_again", print_again, methods=["POST"]
    )
    pages.add_url_rule(f"{prefix}/editions/<uuid:edition_id>/launch", "launch", launch, methods=["POST"])
    pages.add_url_rule(
        f"{prefix}/editions/<uuid:edition_id>/<any(workbook, deck):sheet>.pdf", "on_paper", on_paper
    )
    pages.add_url_rule(
        f"{prefix}/launches/<uuid:launch_id>/move", "move_launch", move_launch, methods=["POST"]
    )
    pages.add_url_rule(
        f"{prefix}/launches/<uuid:launch_id>/withdrawal", "withdraw", withdraw, methods=["POST"]
    )
    pages.add_url_rule(f"{prefix}/draft.pdf", "draft", draft)
    pages.add_url_rule(f"{prefix}/pictures/<uuid:picture_id>", "picture", picture)


# quotes


def quotes(run_id: UUID) -> str:
    return quotes_page(run_id)


def quotes_page(run_id: UUID, refusal: str = "", about: UUID | None = None) -> str:
    """Every quote beside the view that it comes from, with the two questions; after a refusal with what was typed."""
    workbook = writing.workbook(run_id)
    quoted = [writing.passage(passage.id) for passage in workbook.passages if passage.is_quoted]
    views = texts_of(run_id, [source for passage in quoted for source in passage.derived_from])
    names = names_in(clearing.by for passage in quoted for clearing in passage.clearings)
    shown = [beside_its_source(passage, views) for passage in quoted]
    return render_template(
        "workbook/quotes.html",
        run_id=run_id,
        workbook=workbook,
        quotes=shown,
        names=names,
        questions=QUESTIONS,
        refused={"sentence": refusal, "about": about, "note": request.form.get("note", "")},
    )


class Source(NamedTuple):
    """A view that is quoted, and what was changed in its words."""

    text: str
    language: str
    change: Markup


class Quote(PassageHistory, frozen=True, kw_only=True):
    """A quote with the views that it comes from."""

    sources: list[Source]

    @property
    def now(self) -> list[Clearing]:
        """The decisions on the wording that stands."""
        return [clearing for clearing in self.clearings if clearing.revision == self.revision]

    @property
    def is_withdrawn(self) -> bool:
        return any(clearing.decision == "withdrawn" for clearing in self.now)


def beside_its_source(passage: PassageHistory, views: Mapping[UUID, TextOfView]) -> Quote:
    quoted = [views[id] for id in passage.derived_from if id in views]
    now_reads = words_of(passage.block)
    sources = [Source(one.text, one.language, difference(one.text, now_reads)) for one in quoted]
    return Quote(**asdict(passage), sources=sources)


def clear(run_id: UUID, passage_id: UUID) -> Answer | tuple[str, int]:
    try:
        for clearing in clearings_in_the_form():
            writing.clear(passage_id, clearing)
    except ApiProblem as problem:
        return quotes_page(run_id, problem.refusal(409, 422), passage_id), problem.status
    return see_other(".quotes", run_id=run_id, _anchor=f"q-{passage_id}")


def clearings_in_the_form() -> list[ClearingToGive]:
    form = request.form
    revision, note = form.get("revision", 0, type=int), form.get("note", "").strip()
    return [
        ClearingToGive(revision=revision, question=question, decision=form[question], note=note)
        for question in QUESTIONS
        if form.get(question)
    ]


# approval


def approve(run_id: UUID) -> Answer:
    read = ApprovalToGive(version=request.form.get("version", 0, type=int))
    workbook = writing.approve(run_id, read)
    if workbook.stage == "approved":
        flash(_("Both sides have approved the workbook. It can be frozen as an edition now."), "good")
    else:
        flash(
            _(
                "Your side has approved the workbook as it stands. The other side's approval is still to come."
            ),
            "good",
        )
    return see_other(".editions", run_id=run_id)


# files


def on_paper(run_id: UUID, edition_id: UUID, sheet: str) -> Response:
    return file_of(publishing.edition_on_paper(edition_id, sheet), f"{sheet}.pdf")


def draft(run_id: UUID) -> Response:
    return file_of(writing.draft(run_id), "draft.pdf")


def picture(run_id: UUID, picture_id: UUID) -> Response:
    return file_of(theming.picture(picture_id))


def file_of(file: File, name: str | None = None) -> Response:
    """A file from publishing, as it came; a name makes browsers offer it under that name."""
    answer = Response(file.content, mimetype=file.type, headers=file.headers)
    if name:
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
