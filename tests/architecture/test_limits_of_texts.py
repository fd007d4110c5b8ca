"""How long a text may be is said once by the service that keeps it; each field of the portal says the same."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from marshmallow import Schema, fields
from marshmallow.validate import Length

from infra.gateway.configuration import FORM_KILOBYTES
from services.identity.tenants.models.organisation import LONGEST_ADDRESS
from services.publishing.content import LONGEST, LONGEST_LINE, LONGEST_PRINCIPLE
from shared.contracts.api import (
    identity_people,
    identity_saml,
    identity_setting_up,
    identity_tenants,
    identity_ways_in,
    notification,
    practice,
    process,
    publishing,
    publishing_writing,
    townhall,
)
from shared.contracts.api.identity_discovery import AddressTyped
from shared.contracts.api.identity_places import PlaceRenamed
from shared.contracts.api.identity_ways_in import WaysIn
from shared.contracts.api.survey_moderation import OneDecision, WordsOfTheme
from shared.contracts.api.workshop import Act
from shared.contracts.api.workshop_facilitation import NotesKept, SentenceToAll
from shared.contracts.api.workshop_outcomes import OutcomeWritten
from shared.contracts.api.workshop_questions import PutAside, Reworded
from shared.contracts.api.workshop_sessions import NewSession, SessionChanged
from shared.web import dead_letters_api
from shared.web.shapes import query_of, schema_of
from tests.portal.templates import PAGES


def longest(schema: type[Schema], *path: str) -> int:
    """How many characters the field at the end of this path takes."""
    field = schema().fields[path[0]]
    if len(path) > 1 and isinstance(field, fields.Nested):
        return longest(type(field.schema), *path[1:])
    while isinstance(field, fields.List | fields.Dict):
        field = field.inner if isinstance(field, fields.List) else field.value_field
        if isinstance(field, fields.Nested):
            return longest(type(field.schema), *path[1:])
    (limit,) = [rule.max for rule in field.validators if isinstance(rule, Length) and rule.max]
    return limit


CLIENT, WAY_IN = schema_of(identity_tenants.NewClient), schema_of(identity_ways_in.ConnectionWished)
SAML = schema_of(identity_saml.SamlWished)
BY_LINK = schema_of(identity_setting_up.WayInTyped)
BEGIN, RENAME = (
    schema_of(publishing_writing.WorkbookToBegin),
    schema_of(publishing_writing.WorkbookToRename),
)
LIMITS = {
    "people/access.html reason": longest(schema_of(identity_tenants.AccessWished), "reason"),
    "plan/steering.html reason": longest(schema_of(process.Refusing), "reason"),
    "plan/ahead.html reason": longest(schema_of(process.Move), "reason"),
    "plan/change.html why": longest(schema_of(process.NewProposal), "why"),
    "webhooks/form.html address": longest(schema_of(notification.WishedWebhook), "address"),
    "webhooks/form.html name": longest(schema_of(notification.WishedWebhook), "name"),
    "people/clients_new.html admin_email": longest(CLIENT, "admin_email"),
    "people/clients_new.html admin_name": longest(CLIENT, "admin_name"),
    "people/clients_new.html client_id": longest(CLIENT, "client_id"),
    "people/clients_new.html issuer": longest(CLIENT, "issuer"),
    "people/clients_new.html name": longest(CLIENT, "name"),
    "people/clients_new.html reason": longest(CLIENT, "reason"),
    "people/clients_new.html secret": longest(CLIENT, "secret"),
    "workshops/facilitation_fragment.html text": longest(schema_of(SentenceToAll), "text"),
    "workshops/groups.html link": longest(schema_of(NewSession), "link"),
    "workshops/groups.html title": longest(schema_of(NewSession), "title"),
    "workshops/groups_one.html link": longest(schema_of(SessionChanged), "link"),
    "workshops/groups_one.html notes": longest(schema_of(NotesKept), "notes"),
    "workshops/groups_one.html title": longest(schema_of(SessionChanged), "title"),
    "kickoff/host_floor.html reply": longest(schema_of(townhall.Reply), "reply"),
    "kickoff/host_prepare.html categories_": longest(schema_of(townhall.Description), "categories", "words"),
    "kickoff/host_prepare.html description_": longest(
        schema_of(townhall.Description), "words", "description"
    ),
    "kickoff/host_prepare.html options_": longest(schema_of(townhall.PollPrepared), "options"),
    "kickoff/host_prepare.html recording_url": longest(schema_of(townhall.Description), "recording_url"),
    "kickoff/host_prepare.html script": longest(schema_of(townhall.Description), "script"),
    "kickoff/host_prepare.html stream_url": longest(schema_of(townhall.Description), "stream_url"),
    "kickoff/host_prepare.html title_": longest(schema_of(townhall.Description), "words", "title"),
    "kickoff/host_prepare.html transcript_url": longest(schema_of(townhall.Description), "transcript_url"),
    "kickoff/host_prepare.html words_": longest(schema_of(townhall.PollPrepared), "words"),
    "operations/dead_letters_one.html why": longest(dead_letters_api.ReasonToDiscard, "why"),
    "views/moderation.html reason-": longest(schema_of(OneDecision), "reason"),
    "views/moderation_themes.html hint-": longest(schema_of(WordsOfTheme), "hint"),
    "views/moderation_themes.html name-": longest(schema_of(WordsOfTheme), "name"),
    "views/moderation_themes.html question-": longest(schema_of(WordsOfTheme), "question"),
    "plan/new.html name": longest(schema_of(process.NewRun), "name"),
    "workshops/questions_one.html reason": longest(schema_of(PutAside), "reason"),
    "workshops/questions_one.html wording-": longest(schema_of(Reworded), "wording"),
    "plan/template_keep.html name": longest(schema_of(process.NewTemplate), "name"),
    "workbook/writing.html publisher": longest(RENAME, "publisher"),
    "workbook/writing.html subtitle": longest(RENAME, "subtitle"),
    "workbook/writing.html title": longest(schema_of(publishing_writing.ChapterToOpen), "title"),
    "workbook/writing_begin.html chapter": longest(BEGIN, "chapters", "title"),
    "workbook/writing_begin.html publisher": longest(BEGIN, "publisher"),
    "workbook/writing_begin.html subtitle": longest(BEGIN, "subtitle"),
    "workbook/writing_begin.html title": longest(BEGIN, "title"),
    "workbook/writing_chapter.html alt": LONGEST["alt"],
    "workbook/writing_chapter.html attribution": LONGEST["attribution"],
    "workbook/writing_chapter.html caption": LONGEST["caption"],
    "workbook/writing_chapter.html first_step": LONGEST["first_step"],
    "workbook/writing_chapter.html questions": LONGEST_LINE,
    "workbook/writing_chapter.html rows": LONGEST_LINE,
    "workbook/writing_chapter.html text": LONGEST["text"],
    "workbook/writing_chapter.html title": f'{LONGEST_PRINCIPLE} if p.kind == "principle" else {LONGEST["title"]}',
    "workshops/board_fragment.html text": longest(schema_of(Act), "text"),
    "ground_rules/clauses.html words": longest(schema_of(practice.Wording), "words"),
    "ground_rules/now.html reason": longest(schema_of(practice.VoiceGiven), "reason"),
    "ground_rules/now.html resolution": longest(schema_of(practice.Settling), "resolution"),
    "ground_rules/people.html name": longest(schema_of(practice.NewTeam), "name"),
    "ground_rules/teams.html name": longest(schema_of(practice.NewTeam), "name"),
    "ground_rules/workbook.html words": longest(schema_of(practice.Wording), "words"),
    "kickoff/now.html word": longest(schema_of(townhall.AnswerGiven), "words"),
    "kickoff/pieces.html word": longest(schema_of(townhall.AnswerGiven), "words"),
    "kickoff/questions.html words": longest(schema_of(townhall.QuestionAsked), "words"),
    "views/box.html text": "{{ longest }}",  # as the survey says with the page
    "settings/show.html name": {
        longest(schema_of(identity_tenants.Description), "name"),
        longest(schema_of(identity_tenants.HostWished), "name"),
    },
    "settings/show.html reply_to": LONGEST_ADDRESS,
    "people/places.html name": longest(schema_of(PlaceRenamed), "name"),
    "people/new.html email": longest(schema_of(identity_people.ListedPerson), "email"),
    "people/new.html name": longest(schema_of(identity_people.ListedPerson), "name"),
    "people/new.html site": longest(schema_of(identity_people.ListedPerson), "site"),
    "people/new.html unit": longest(schema_of(identity_people.ListedPerson), "unit"),
    "sign_in/employee.html address": longest(schema_of(AddressTyped), "address"),
    "settings/claims.html claim_": longest(WAY_IN, "claims"),
    "settings/saml.html claim_key": longest(SAML, "claims"),
    "settings/saml.html client_id": longest(SAML, "client_id"),
    "settings/saml.html entity_id": longest(SAML, "entity_id"),
    "settings/saml.html metadata_url": longest(SAML, "metadata_url"),
    "settings/saml.html name": longest(SAML, "name"),
    "settings/saml.html signed_by": longest(SAML, "signed_by"),
    "set_up/page.html client_id": longest(BY_LINK, "client_id"),
    "set_up/page.html issuer": longest(BY_LINK, "issuer"),
    "set_up/page.html name": longest(BY_LINK, "name"),
    "set_up/page.html secret": longest(schema_of(identity_setting_up.SecretTyped), "secret"),
    "settings/way_in.html client_id": longest(WAY_IN, "client_id"),
    "settings/way_in.html issuer": longest(WAY_IN, "issuer"),
    "settings/way_in.html name": longest(WAY_IN, "name"),
    "settings/way_in.html secret": longest(WAY_IN, "secret"),
    "settings/way_in.html still_gets_in": longest(
        query_of(WaysIn.operations["close_connection"]), "still_gets_in"
    ),
    "workbook/editions.html reason": longest(schema_of(publishing.WithdrawalToGive), "reason"),
    "workbook/quotes.html note": longest(schema_of(publishing_writing.ClearingToGive), "note"),
    "workshops/card.html text": longest(schema_of(Act), "text"),
    "workshops/outcomes.html text": longest(schema_of(OutcomeWritten), "text"),
}
# What has a form of its own that its service checks, or keeps nothing.
OF_A_FORM = {
    "people/clients_new.html colour",
    "people/clients_new.html slug",
    "kickoff/join.html code",
    "settings/show.html colour",
    "theme/studio.html {{ name }}",
}
SEVERAL = {  # each of them has a limit of its own, which the refusal names
    "people/clients_new.html domains",
    "people/clients_new.html group_",
    "settings/way_in.html factors",
    "views/mine.html receipts",
    "people/list.html people",
    "set_up/page.html domains",
    "settings/way_in.html domains",
    "settings/claims.html group_",
    "settings/saml.html domains",
    "settings/saml.html home_organisations",
}
LOOKED_FOR = {
    "operations/dead_letters.html tenant",
    "operations/dead_letters.html topic",
    "workbook/employee.html q",
    "events/catalogue.html words",
    "people/index.html words",
}
SHOWN = {"webhooks/secret.html secret", "settings/token.html token", "settings/token.html address"}
TYPED_TYPES = {"text", "url", "search", "password", "email"}


def text_fields() -> Iterator[tuple[str, str]]:
    """("<template> <name>", what its maxlength or maxline is), "" for none."""
    for where, path in PAGES.items():
        if where in ("parts/forms.html", "parts/given_back.html") or where.startswith(
            "style/"
        ):  # keeps nothing
            continue
        for name, inside in [*by_macro(path.read_text()), *by_hand(path.read_text())]:
            yield f"{where} {name}", inside


def by_macro(page: str) -> Iterator[tuple[str, str]]:
    for called in re.findall(r"\b(?:field|box)\((.*?)\) ?\}\}", page, re.DOTALL):
        kind = re.search(r"""\btype=["'](\w[\w-]*)["']""", called)
        if not kind or kind[1] in TYPED_TYPES:
            limit = re.search(r"\bmax(?:length|line)=([^,)]+(?:\)[^,)]*)?)", called)
            yield re.match(r"""["']([\w-]+)["']""", called)[1], limit[1].strip() if limit else ""


def by_hand(page: str) -> Iterator[tuple[str, str]]:
    for tag in re.findall(r"<(?:textarea|input) [^>]*", page):
        kind, name = (
            re.search(r' type="([\w-]+)"', tag),
            re.search(r' name="([\w-]*(?:\{\{ name \}\})?)', tag),
        )
        if name and (not kind or kind[1] in TYPED_TYPES):
            limit = re.search(r'maxlength="([^"]+)"', tag)
            yield name[1], limit[1] if limit else ""


@pytest.mark.parametrize("field", sorted(LIMITS))
def test_a_field_takes_as_many_characters_as_its_service(field):
    said = [limit for name, limit in text_fields() if name == field]
    wanted = LIMITS[field] if isinstance(LIMITS[field], set) else {LIMITS[field]}
    assert set(said) == {str(limit) for limit in wanted}


def test_the_longest_text_passes_the_gateway_whatever_it_is_written_in():
    """An emoji is twelve bytes in a form; a form with files may be larger still."""
    longest_of_all = max(limit for limit in LIMITS.values() if isinstance(limit, int))
    assert len(urlencode({"text": "🙂" * longest_of_all})) < (FORM_KILOBYTES - 16) * 1024


def test_every_field_for_text_has_its_limit_or_a_reason_for_none():
    known = set(LIMITS) | OF_A_FORM | SEVERAL | LOOKED_FOR | SHOWN
    assert {name for name, _ in text_fields()} ^ known == set()
