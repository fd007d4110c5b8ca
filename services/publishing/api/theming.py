"""The client's look over HTTP: tokens in and out, what the contrast check says, and how it looks."""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask.views import MethodView

from services.publishing import schemas
from services.publishing.api.editions import EVERYBODY
from services.publishing.content import Book
from services.publishing.drawing import NotAPicture
from services.publishing.models import Picture, Theme
from services.publishing.models.theme import ContrastTooLow
from services.publishing.tokens import COLOURS, Look, UnreadableTokens, Verdict
from services.publishing.typesetting import Manuscript, proof
from shared.problems import RuleBroken
from shared.web.access import open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.file_limits import FRAME, LARGEST_PICTURE
from shared.web.limits import limited
from shared.web.refusals import Problem
from shared.web.service import answered

DESIGNERS = ("designer", "coordinator", "admin", "lead", "editor")
LOOKERS = (*DESIGNERS, "facilitator")  # may try colours out, but not save them

theming = Blueprint("theming", __name__, description="The client's look")


class TokensNotRead(RuleBroken):
    """This is not a design tokens file that we can read. Colours are written like #1d4a43, in the group “color”."""

    status = 422


@theming.route("/theme")
class TheTheme(MethodView):
    @open_to(*EVERYBODY)
    @theming.response(200)
    def get(self):
        """The look in force: its tokens, every pair's verdict, and its stylesheet."""
        return theme_shown(Theme.now(session()))

    @open_to(*DESIGNERS)
    @theming.arguments(schemas.TokensToSaveOver)
    @theming.response(201)
    def put(self, saved: dict):
        """Save a look; 409 with the pairs that fail and the nearest colours that pass."""
        try:
            return theme_shown(Theme.save(both_looks(saved), caller().subject, session()))
        except ContrastTooLow as refusal:
            verdicts = {"verdicts": verdicts_shown(refusal.verdicts)}
            return answered(Problem(409, refusal.code, refusal.sentence, {"json": verdicts}))


def both_looks(saved: dict) -> Look:
    """The look asked for, with what somebody else has changed since its page was made."""
    asked, stands = shown(look_from(saved["tokens"])), shown(Theme.now(session()).look)
    both = merged(asked | {"was": saved["was"]}, schemas.LookShown, stands)
    colours = {name.replace("-", "_"): both["colours"][name] for name in COLOURS}
    pictures: dict[str, Any] = {slot: UUID(id) for slot, id in both["pictures"].items() if id}
    return Look(**colours, **pictures)


def shown(look: Look) -> dict:
    return {
        "colours": {name: look.colours[name] for name in COLOURS},
        "pictures": {"logo": look.logo and str(look.logo), "cover": look.cover and str(look.cover)},
    }


def look_from(tokens: dict) -> Look:
    try:
        return Look.from_tokens(tokens)
    except (UnreadableTokens, ValueError) as wrong:
        raise TokensNotRead from wrong


THEME = schemas.ThemeSchema()


def theme_shown(theme: Theme) -> dict:
    return THEME.dump(theme) | {"css": theme.css} | checked(theme.look)


def checked(look: Look) -> dict:
    mended = look.mended().colours
    return shown(look) | {
        "verdicts": verdicts_shown(look.verdicts()),
        "mended": {name: mended[name] for name in COLOURS},
    }


def verdicts_shown(verdicts: list[Verdict]) -> list[dict]:
    return [
        {
            "front": verdict.pair.front,
            "ground": verdict.pair.ground,
            "where": verdict.pair.where,
            "ratio": round(verdict.ratio, 2),
            "at_least": verdict.pair.at_least,
            "passes": verdict.passes,
            "change": verdict.change,
            "nearest": verdict.nearest,
        }
        for verdict in verdicts
    ]


@theming.route("/theme/checks")
class Checks(MethodView):
    @open_to(*LOOKERS)
    @theming.arguments(schemas.TokensToSave)
    @theming.response(200)
    def post(self, given: dict):
        """Returns what the contrast check says of these tokens, without saving them."""
        look = look_from(given["tokens"])
        return checked(look) | {"css": look.css()}


@theming.route("/theme/proofs")
class ThemeProofs(MethodView):
    @open_to(*LOOKERS)
    @theming.arguments(schemas.ThemeProof)
    def post(self, given: dict):
        """A page of a workbook in these colours, before they are saved."""
        look = look_from(given["tokens"])
        pictures = Picture.contents_of({look.cover} if look.cover else set(), session())
        pages = proof(Manuscript(sample(given), look, pictures))
        return Response(pages[min(given["page"], len(pages)) - 1], mimetype="image/png")


def sample(given: dict) -> Book:
    """Returns a sample workbook of what the designer's page shows, in the client's own name and language."""
    return Book(title=given["title"], language=given["language"], publisher=given["publisher"])


@theming.route("/pictures")
class Pictures(MethodView):
    @open_to(*DESIGNERS)
    @limited(person=100, address=600)
    @theming.response(201, schemas.PictureSchema)
    def post(self):
        """Take in a PNG, JPEG or WebP; it is drawn anew, so nothing that a camera noted travels along."""
        request.max_content_length = LARGEST_PICTURE + FRAME
        file = request.files.get("picture")
        if file is None:
            raise NotAPicture
        picture = Picture.from_upload(file.read(), caller().subject)
        session().add(picture)
        return picture
