"""Forms that make something carry a key, so that a second press makes no second thing (docs/decisions/0076)."""

import re

import pytest

from tests.portal.templates import PAGES

MAKES = {
    "people/access.html": ["grant"],
    "people/new.html": ["add-person"],
    "plan/steering.html": ["propose-as-is"],
    "plan/ahead.html": ["move-on"],
    "plan/change.html": ["propose"],
    "webhooks/form.html": ["webhook"],
    "people/clients_new.html": ["open-client"],
    "workshops/groups.html": ["schedule-session"],
    "kickoff/host_floor.html": ["carry-forward"],
    "kickoff/host_prepare.html": ["new-poll"],
    "plan/new.html": ["plan-run"],
    "workshops/questions.html": ["ask-{{ theme.id }}"],
    "workshops/questions_one.html": ["split-question"],
    "plan/template_keep.html": ["keep-template"],
    "workbook/writing.html": ["open-chapter"],
    "workbook/writing_begin.html": ["begin-workbook"],
    "workbook/writing_chapter.html": ["add-passage"],
    "ground_rules/ask.html": ["ask-everybody"],
    "ground_rules/clauses.html": ["write-{{ key }}"],
    "ground_rules/teams.html": ["found-team"],
    "ground_rules/workbook.html": ["rule-from-{{ card.passage_id }}"],
    "kickoff/questions.html": ["ask"],
    "settings/show.html": ["host", "make-link"],
    "settings/way_in.html": ["way-in"],
    "workbook/editions.html": ["freeze", "launch-edition-{{ edition.number }}"],
}


@pytest.mark.parametrize(("page", "form"), [(page, form) for page, forms in MAKES.items() for form in forms])
def test_it_carries_a_key(page, form):
    text = PAGES[page].read_text()
    found = re.search(
        rf'<form (?:[^>{{]|{{{{.*?}}}}|{{%.*?%}})*?id="{re.escape(form)}".*?</form>', text, re.S
    )
    assert found and "{{ once() }}" in found[0]
