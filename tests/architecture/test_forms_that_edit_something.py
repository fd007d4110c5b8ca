"""Forms that edit what others may edit too carry what stood there, so that nobody overwrites anybody unseen (docs/decisions/0078)."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.test_forms_that_make_something import MAKES
from tests.portal.templates import PAGES

POSTED = re.compile(r'<form (?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*?method="post".*?</form>', re.S)
ASKING = re.compile(r"\{%-? call confirm\(\s*['\"](?P<id>[\w-]+)['\"].*?\{%-? endcall", re.S)
TYPED_IN = re.compile(
    r"\b(?:field|file|box|pick|choices|ticks|tick|words_box)\(|<textarea|<select|<input (?![^>]*type=\"hidden\")|include \""
)
FIELD = re.compile(
    r"\b(?:field|box|pick|choices|ticks|tick)\(\s*['\"](?P<name>[^'\"]+)(?P<rest>.*?)\) \}\}", re.S
)
CARRIED = re.compile(r"\{\{ was\((.*?)\) \}\}", re.S)
NOT_CARRIED = {
    ("plan/change.html", "why"): "written anew for each proposal",
    ("workshops/groups_one.html", "size"): "how to form the groups; the groups themselves are carried",
    ("settings/way_in.html", "secret"): "never shown",
    ("settings/way_in.html", "group_"): "carried as `role_names`",
    ("settings/saml.html", "metadata"): "a file; its like is never shown",
    ("theme/studio.html", "no_cover"): "carried as `pictures`",
}
TAG = re.compile(r"<form (?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>")
READ = "carries the wording or the revision that was read, and counts for that alone"
OWN = "one person's own, which nobody else can change"
ACT = "an act of its own with a reason or a choice; no text of anybody's is written over"
LEADS = "one person leads a session at a time, and another takes over first"
EXCEPTIONS = {
    "plan/steering.html": {"decline": ACT},
    "settings/show.html": {"sessions": ACT, "second-factor": ACT},
    "sign_in/employee.html": {"by-address": "it leads on, and changes nothing"},
    "webhooks/one.html": {"all-again": ACT},
    "workshops/facilitation_fragment.html": {"set-timer": LEADS, "say-to-all": LEADS},
    "kickoff/host_stage.html": {"strike-{{ poll.id }}": ACT},
    "operations/dead_letters_one.html": {"discard-dead-letter": ACT},
    "views/moderation.html": {"moderate-views": "the views are put before one moderator alone"},
    "workshops/questions_one.html": {"add-source": ACT, "join-question": ACT, "put-aside": ACT},
    "workbook/writing_chapter.html": {"passage-{{ p.id }}": READ},
    "workshops/board_fragment.html": {
        "add-card-{{ column.key }}": "makes a card, with an operation number of its own"
    },
    "ground_rules/now.html": {"say": OWN, "still-true": READ},
    "kickoff/now.html": {"poll-{{ poll.id }}": OWN},
    "mails/notices.html": {"wishes": OWN},
    "privacy/own_data.html": {"own-language": OWN, "erasure": OWN},
    "reading/employee.html": {"start-reading": OWN},
    "reading/cards.html": {"answers": OWN},
    "views/mine.html": {"bring-receipts": OWN},
    "views/revise.html": {"revise-view": OWN},
    "views/write.html": {"give-view": OWN},
    "parts/given_back.html": {"again": "sends again what another form has sent, with what that carried"},
    "people/list.html": {
        "people-list": "a list says how it is; its page shows nothing that stands, and nobody is taken away"
    },
    "people/places.html": {"merge-": ACT},
    "people/list_columns.html": {
        "columns": "chooses for one list on its way in, which whoever brought it looks through"
    },
    "people/list_plan.html": {"decide": "answers for one list on its way in, and decides on it"},
    "settings/directory.html": {"make-token": ACT},
    "set_up/page.html": {
        "way-in": "one browser holds a link, and nobody else can change what is set up by it"
    },
    "settings/way_in.html": {"close": ACT},
    "style/fields.html": {"all-fields": "shows what fields look like, and keeps nothing"},
    "workbook/editions.html": {"withdraw-": ACT},
    "workbook/quotes.html": {"clear-{{ quote.id }}": READ},
    "workshops/card.html": {"judge-{{ card.id }}": OWN},
}


def forms() -> Iterator[tuple[str, str, str]]:
    """(page, form, its text) of each in which somebody types or chooses."""
    for page, path in PAGES.items():
        text = path.read_text()
        for form in POSTED.finditer(text):
            if TYPED_IN.search(form[0]):
                yield page, name_of(form[0]), form[0]
        for form in ASKING.finditer(text):
            if TYPED_IN.search(form[0]):
                yield page, form["id"], form[0]


def name_of(form: str) -> str:
    tag = TAG.match(form)
    found = re.search(r' id="([^"]+)"', tag[0]) if tag else None
    return found[1] if found else ""


FORMS = list(forms())


@pytest.mark.parametrize(("page", "form", "text"), FORMS, ids=[f"{page}:{form}" for page, form, _ in FORMS])
def test_it_carries_what_stood_there_or_says_why_not(page, form, text):
    makes_something = form in MAKES.get(page, [])
    assert "{{ was(" in text or makes_something or EXCEPTIONS.get(page, {}).get(form)


def test_no_exception_is_left_of_a_form_that_is_gone():
    there = {(page, form) for page, form, _ in FORMS}
    assert {(page, form) for page, listed in EXCEPTIONS.items() for form in listed} <= there


def test_a_form_carries_it_once_and_before_its_fields():
    """The words of somebody else are shown beside the fields that come after it (services/portal/forms/edits.py)."""
    for page, form, text in FORMS:
        if "{{ was(" in text:
            first = TYPED_IN.search(text)
            assert text.count("{{ was(") == 1 and first and text.index("{{ was(") < first.start(), (
                page,
                form,
            )


def test_a_form_carries_each_of_its_fields():
    for page, form, text in FORMS:
        if carried := CARRIED.search(text):
            told = set(re.findall(r"['\"](\w+)['\"]", carried[1]))
            fields = {place_of(field) for field in FIELD.finditer(text)}
            assert not {name for name in fields - told if (page, name) not in NOT_CARRIED}, (page, form)


def place_of(field: re.Match[str]) -> str:
    """What the service calls it."""
    of = re.search(r"\bof=['\"](\w+)", field["rest"])
    return of[1] if of else field["name"]
