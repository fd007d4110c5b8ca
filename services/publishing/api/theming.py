"""The client's look: tokens in and out, what the contrast check says, how it looks, and pictures."""

from typing import Any
from uuid import UUID

from msgspec import to_builtins

from services.publishing import themes
from services.publishing.content import Book
from services.publishing.models import Picture, Theme
from services.publishing.models.theme import ContrastTooLow
from services.publishing.tokens import COLOURS, PICTURES, Look, UnreadableTokens
from services.publishing.tokens import Verdict as Judged
from services.publishing.typesetting import Manuscript, proof
from shared.contracts.api import publishing_theming as shapes
from shared.contracts.api.publishing_theming import Theming
from shared.database import find
from shared.problems import RuleBroken
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import limited
from shared.web.operations import File, Upload
from shared.web.serving import serves
from shared.web.shapes import schema_of, shape_of

theming = Blueprint("theming", __name__, description="The client's look")


class TokensNotRead(RuleBroken):
    """This is not a design tokens file that we can read. Colours are written like #1d4a43, in the group “color”."""

    status = 422


@serves(theming, Theming.theme)
def theme() -> shapes.ThemeInForce:
    return theme_shown(themes.in_force(session()))


@serves(theming, Theming.save_theme)
def save_theme(saved: shapes.TokensToSave) -> shapes.ThemeInForce:
    try:
        return theme_shown(themes.save(session(), both_looks(saved), caller().subject))
    except ContrastTooLow as refusal:
        refusal.about = {"verdicts": to_builtins([verdict_shown(one) for one in refusal.verdicts])}
        raise


def both_looks(saved: shapes.TokensToSave) -> Look:
    """The look asked for, with what somebody else has changed since its page was made."""
    wanted, stands = shown(look_from(saved.tokens)), shown(themes.in_force(session()).look)
    both = merged(wanted | {"was": saved.was}, schema_of(shapes.LookShown), stands)
    colours = {name.replace("-", "_"): both["colours"][name] for name in COLOURS}
    pictures: dict[str, Any] = {slot: UUID(id) for slot, id in both["pictures"].items() if id}
    return Look(**colours, **pictures)


def look_from(tokens: dict[str, Any]) -> Look:
    try:
        return Look.from_tokens(tokens)
    except (UnreadableTokens, ValueError) as wrong:
        raise TokensNotRead from wrong


def shown(look: Look) -> dict[str, Any]:
    pictures = {slot: getattr(look, slot) for slot in PICTURES}
    return {
        "colours": {name: look.colours[name] for name in COLOURS},
        "pictures": {slot: str(id) if id else None for slot, id in pictures.items()},
    }


def theme_shown(theme: Theme) -> shapes.ThemeInForce:
    return shapes.ThemeInForce(
        number=theme.number,
        tokens=theme.tokens,
        by=theme.by,
        at=theme.at,
        css=theme.css,
        **checked(theme.look),
    )


def checked(look: Look) -> dict[str, Any]:
    mended = look.mended().colours
    verdicts = [verdict_shown(verdict) for verdict in look.verdicts()]
    return shown(look) | {"verdicts": verdicts, "mended": {name: mended[name] for name in COLOURS}}


def verdict_shown(verdict: Judged) -> shapes.Verdict:
    pair = verdict.pair
    return shapes.Verdict(
        front=pair.front,
        ground=pair.ground,
        where=pair.where,
        ratio=round(verdict.ratio, 2),
        at_least=pair.at_least,
        passes=verdict.passes,
        change=verdict.change,
        nearest=verdict.nearest,
    )


@serves(theming, Theming.check_theme)
def check_theme(given: shapes.Tokens) -> shapes.LookChecked:
    look = look_from(given.tokens)
    return shapes.LookChecked(**checked(look), css=look.css())


@serves(theming, Theming.theme_proof)
def theme_proof(sample: shapes.Sample) -> File:
    look = look_from(sample.tokens)
    pictures = themes.contents_of(session(), {look.cover} if look.cover else set())
    book = Book(title=sample.title, language=sample.language, publisher=sample.publisher)
    pages = proof(Manuscript(book, look, pictures))
    return File(type="image/png", content=pages[min(sample.page, len(pages)) - 1])


@serves(theming, Theming.take_in_picture)
@limited(person=100, address=600)
def take_in_picture(picture: Upload) -> shapes.Picture:
    taken = Picture.from_upload(picture.stream.read(), caller().subject)
    session().add(taken)
    return shape_of(shapes.Picture, taken)


@serves(theming, Theming.picture)
def picture(picture_id: UUID) -> File:
    found = find(session(), Picture, picture_id)
    for_ever = {"Cache-Control": "private, max-age=31536000, immutable"}
    return File(type=found.media_type, content=found.content, headers=for_ever)
