"""What opening, leaving out or closing a phase would do is shown before it is done, and can be taken back for ten minutes."""

import html
import re
from uuid import UUID, uuid4

import pytest

from services.portal.clients.base import ApiProblem
from services.portal.clients.notification import notification
from services.portal.clients.survey import moderation
from services.process import runs
from shared.contracts.api.notification import Mail, Mailing
from shared.contracts.api.survey_moderation import Themes, ThemeToEdit
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.portal.test_plan import action, desk, henna, kaisa, on_the_console, signed, tuula

__all__ = ["desk", "henna", "kaisa", "tuula"]
WHY = {"reason": "Kaikki ovat paikalla."}


@pytest.fixture
def plan(desk, avis):
    """A signed plan; its page on the console."""
    signed(desk, avis)
    return on_the_console(desk, avis)


def shown(page) -> str:
    return html.unescape(page.text)


def test_leaving_a_phase_out_shows_what_is_missing_and_what_opens(plan, henna):
    page = shown(henna.get(f"{plan}/ahead?to=views"))
    assert "Aloitusluento jää väliin" in page
    assert "Näkemysten antaminen kaikista teemoista" in page and "kaikille" in page


def test_nothing_happens_by_looking(plan, henna, desk, tuula):
    before = shown(henna.get(plan))
    henna.get(f"{plan}/ahead?to=views")
    after = shown(henna.get(plan))
    assert (
        "Nyt: yhteinen suunnittelu" in after
        and after.count("Muuttumassa") == before.count("Muuttumassa") == 0
    )


def test_a_phase_is_announced_first_and_can_be_taken_back(plan, henna, tuula, desk, avis):
    page = henna.get(f"{plan}/ahead")
    assert "10 minuutin kuluttua" in shown(page)
    sent = {"leaving": "planning", "in_minutes": "10", **WHY}
    assert henna.post(action(page, "move-on"), data=sent).status_code == 303
    announced = tuula.get(desk)
    assert re.search(r"Aloitusluento: avautuu klo \d+\.\d\d", shown(announced))
    assert "Nyt: yhteinen suunnittelu" in shown(announced) and 'id="move-on"' not in announced.text
    assert tuula.post(action(announced, "take-back")).status_code == 303
    page = tuula.get(desk)
    assert "Peruttu." in shown(page) and 'id="move-on"' in page.text and WHY["reason"] not in page.text


def test_taking_back_twice_and_too_late_is_answered_with_a_sentence(plan, henna, tuula, desk):
    sent = {"leaving": "planning", "in_minutes": "10", **WHY}
    henna.post(f"{plan}/moves", data=sent)
    back = action(henna.get(plan), "take-back")
    henna.post(back)
    assert "Tämä on jo peruttu." in shown(henna.post(back))
    henna.post(f"{plan}/moves", data=sent)
    page = henna.get(plan)
    henna.post(action(page, "go-through"))
    assert "Nyt: aloitusluento" in shown(henna.get(plan))
    assert "Tämä on jo tapahtunut" in shown(henna.post(action(page, "take-back")))


def test_the_second_lead_hears_that_it_is_announced_and_keeps_the_reason(plan, henna, tuula, desk):
    page = tuula.get(f"{desk}/ahead")
    henna.post(f"{plan}/moves", data={"leaving": "planning", "in_minutes": "10", **WHY})
    refused = tuula.post(action(page, "move-on"), data={"leaving": "planning", "reason": "Minäkin."})
    assert "Vaihe vaihtuu itsestään muutaman minuutin kuluttua" in shown(refused)
    assert "Minäkin.</textarea>" in shown(refused)


def test_the_mail_is_shown_with_the_number_of_people(plan, henna, monkeypatch):
    mail = Mail(language="sv", subject="Nu är det dags", text="Hej,\n\nSe här.")
    told = Mailing(people=87, letters=[mail])
    monkeypatch.setattr(notification, "invitation", lambda *asked: told)
    page = shown(henna.get(f"{plan}/ahead?to=views"))
    assert "87 henkilöä saa tämän viestin" in page
    assert "Nu är det dags" in page and '<p class="mail" lang="sv">Hej,\n\nSe här.</p>' in page


def test_while_the_mails_are_away_the_page_says_so(plan, henna, monkeypatch):
    def away(*asked):
        raise ApiProblem.away()

    monkeypatch.setattr(notification, "invitation", away)
    monkeypatch.setattr(moderation, "themes", away)
    page = henna.get(f"{plan}/ahead?to=priorities")
    assert page.status_code == 200 and 'id="move-on"' in page.text
    assert "kukaan ei voi sanoa, kuinka monelle" in shown(page) and "jotakin voi puuttua" in shown(page)


def themes(views: int, statuses: dict[str, int]) -> Themes:
    theme = ThemeToEdit(id=uuid4(), position=1, key="focus", words={}, views=views)
    return Themes(state="open", languages=["fi"], themes=[theme], statuses=statuses)


def test_a_phase_without_views_says_that_there_is_nothing_to_read(plan, henna, monkeypatch):
    monkeypatch.setattr(moderation, "themes", lambda run_id: themes(views=0, statuses={"waiting": 3}))
    page = shown(henna.get(f"{plan}/ahead?to=priorities"))
    assert "kenelläkään ei ole mitään luettavaa" in page and "3 näkemystä odottaa moderaattoria" in page
    monkeypatch.setattr(moderation, "themes", lambda run_id: themes(views=4, statuses={"shared": 4}))
    page = shown(henna.get(f"{plan}/ahead?to=priorities"))
    assert "mitään luettavaa" not in page and "odottaa moderaattoria" not in page


def test_who_only_looks_steers_nothing(plan, desk, browse, consultancy, avis, kaisa, kelas):
    editor = browse(consultancy, "Elias", roles=["editor"], host="console.polku.localhost")
    grant(avis, consultancy, consultancy.member(editor.cookie("visit")), "editor")
    assert 'id="move-on"' not in editor.get(f"{plan}/ahead").text
    assert kaisa.get(f"{desk}/ahead").status_code == 403
    pekka = browse(kelas, "Pekka", roles=["coordinator"])
    assert pekka.get(f"{desk}/ahead").status_code == 404


def test_the_end_of_the_path_is_shown_first_too(plan, henna, avis):
    run = UUID(re.search(r"/runs/([0-9a-f-]{36})", plan)[1])
    with acting_for(avis.id), sessions_of("process").begin() as session:
        runs.held(session, run).move_on("consultancy", avis.id, "The test is on its way.", "aftercare")
    page = henna.get(action(henna.get(plan), "move-on"))
    assert "Polku päättyy lopullisesti" in shown(page) and "Päätä polku 10 minuutin kuluttua" in shown(page)
    announced = henna.post(action(page, "move-on"), data={"leaving": "aftercare", "in_minutes": "10", **WHY})
    assert announced.status_code == 303 and "Polku päättyy klo" in shown(henna.get(plan))
    assert henna.post(action(henna.get(plan), "go-through")).status_code == 303
    assert "Polku on kuljettu loppuun." in shown(henna.get(plan))
    late = henna.post(f"{plan}/moves", data={"leaving": "aftercare", **WHY})
    assert late.status_code == 200 and 'id="refusal"' in late.text
