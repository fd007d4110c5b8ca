"""Forms that make something carry a key, so that a second press makes no second thing (docs/decisions/0076)."""

import re
from pathlib import Path

import pytest

import services.portal

TEMPLATES = Path(services.portal.__file__).parent / "templates"
MAKES = {
    "access/show.html": ["grant"],
    "client/plan.html": ["propose-as-is"],
    "client/plan_ahead.html": ["move-on"],
    "client/plan_change.html": ["propose"],
    "client/webhook_form.html": ["webhook"],
    "console/clients_new.html": ["open-client"],
    "console/groups.html": ["schedule-session"],
    "console/host_floor.html": ["carry-forward"],
    "console/host_prepare.html": ["new-poll"],
    "console/plan_new.html": ["plan-run"],
    "console/questions.html": ["ask-{{ theme.id }}"],
    "console/questions_one.html": ["split-question"],
    "console/template_keep.html": ["keep-template"],
    "console/writing.html": ["open-chapter"],
    "console/writing_begin.html": ["begin-workbook"],
    "console/writing_chapter.html": ["add-passage"],
    "employee/ground_rules_ask.html": ["ask-everybody"],
    "employee/ground_rules_clauses.html": ["write-{{ key }}"],
    "employee/ground_rules_teams.html": ["found-team"],
    "employee/ground_rules_workbook.html": ["rule-from-{{ card.passage_id }}"],
    "employee/kickoff_questions.html": ["ask"],
    "settings/show.html": ["host"],
    "settings/way_in.html": ["way-in"],
    "workbook/editions.html": ["freeze", "launch-edition-{{ edition.number }}"],
}


@pytest.mark.parametrize(("page", "form"), [(page, form) for page, forms in MAKES.items() for form in forms])
def test_it_carries_a_key(page, form):
    text = (TEMPLATES / page).read_text()
    found = re.search(
        rf'<form (?:[^>{{]|{{{{.*?}}}}|{{%.*?%}})*?id="{re.escape(form)}".*?</form>', text, re.S
    )
    assert found and "{{ once() }}" in found[0]
