"""The parts that pages about an all-staff event share: the hall, its words in the reader's language, its video."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, g

from services.portal.clients.townhall import halls_of
from services.portal.door import allow_frame
from services.portal.menu import N_
from shared.contracts.api.townhall import Category, EventOnScreen, Hall, Poll
from shared.languages import LANGUAGES, gettext
from shared.settings import setting

Event = Hall | EventOnScreen
TITLES = {"kickoff": N_("Kickoff lecture"), "launch": N_("Launch of the workbook")}
FRAMES = "www.youtube-nocookie.com player.vimeo.com"


def hall_of(run_id: UUID, purpose: str) -> Hall:
    """The event's entry in the run's list; 404 where no run has laid it out."""
    return halls_of(run_id).get(purpose) or abort(404)


def in_my_language(words: dict[str, Any]) -> Any:
    """Returns what was written in the reader's language, else in the first other one."""
    spoken = (g.here.language, *(g.here.tenant.languages if g.here.tenant else ()), *LANGUAGES)
    return next((words[language] for language in spoken if words.get(language)), "")


def language_of(words: dict[str, Any]) -> str:
    """The language in which `in_my_language` answers, for the lang attribute."""
    chosen = in_my_language(words)
    return next((language for language, said in words.items() if said == chosen), g.here.language)


def title_of(hall: Event) -> str:
    words = in_my_language(hall.words)
    return words.title if words and words.title else gettext(TITLES[hall.purpose])


def description_of(hall: Event) -> str:
    words = in_my_language(hall.words)
    return words.description if words else ""


def frame_of(address: str | None) -> str | None:
    """The address when it may be shown inside the page: POLKU_FRAME_HOSTS, separated by spaces. Lets it through the page's policy."""
    if address is None or urlsplit(address).hostname not in setting("FRAME_HOSTS", FRAMES).split():
        return None
    allow_frame(address)
    return address


def categories_of(hall: EventOnScreen) -> list[tuple[str, str]]:
    return [(each.key, in_my_language(each.words)) for each in hall.categories]


def words_to_pick(poll: Poll) -> list[tuple[str, str]]:
    return [(each.word, each.word) for each in poll.cloud or []]


def lines_of(many: list[Category], language: str) -> str:
    """Returns the entries of a box, one a line."""
    return "\n".join(each.words.get(language, "") for each in many)


WORDS = {
    "words_to_pick": words_to_pick,
    "lines_of": lines_of,
    "categories_of": categories_of,
    "in_my_language": in_my_language,
    "language_of": language_of,
    "title_of": title_of,
    "description_of": description_of,
}
