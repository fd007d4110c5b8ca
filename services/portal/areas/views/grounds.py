"""Why a view may be left out, in sentences: the rules that everybody can read, and what its author is told."""

from services.portal.menu import N_
from shared.languages import gettext

GROUNDS = {
    "person": N_("It names or describes a person. Views are about ways of working, not about people."),
    "insult": N_("It hurts somebody. The same can be said so that the other can listen."),
    "secret": N_("It tells something that must stay secret: a client, a case, somebody's health, security."),
    "off_topic": N_("It is about something else than this theme."),
    "other": N_("There is another reason, which the moderator tells in their own words."),
}


def sentence_of(ground: str | None) -> str:
    return gettext(GROUNDS[ground]) if ground in GROUNDS else ""


def grounds() -> list[tuple[str, str]]:
    return [(key, gettext(sentence)) for key, sentence in GROUNDS.items()]
