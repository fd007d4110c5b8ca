"""The plan as people see it: on every page, on the client's desk, on the consultancy's console."""

import re
from uuid import UUID

import pytest

from tests import worlds
from tests.identity.houses import grant


@pytest.fixture
def henna(browse, consultancy, avis):
    """A lead of the consultancy, let into the client's rooms."""
    browser = browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")
    grant(avis, consultancy, consultancy.member(browser.cookie("visit")), "lead")
    return browser


@pytest.fixture
def tuula(browse, avis):
    """The client's coordinator."""
    return browse(avis, "Tuula", roles=["coordinator"])


@pytest.fixture
def kaisa(browse, avis):
    return browse(avis, "Kaisa Korhonen")


@pytest.fixture
def plan_a_run(henna, avis):
    """plan_a_run() is the path of the plan's page in the client's rooms."""

    def plan(starts_at: str = "2026-11-23T09:00") -> str:
        form = {"name": "Hybridityö", "starts_at": starts_at, "languages": ["fi", "sv"]}
        answer = henna.post(f"/clients/{avis.slug}/runs", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    return plan


def action(page, form: str) -> str:
    """Where a form with this id is sent to."""
    tag = re.search(rf'<form[^>]*id="{form}"[^>]*>', page.text)
    assert tag, f"no form {form}"
    return re.search(r'action="([^"]+)"', tag[0])[1]


@pytest.fixture
def desk(avis, consultancy):
    """The plan of a run on the client's desk."""
    return f"/desk/runs/{worlds.planned(avis.id, consultancy.id)}/plan"


def on_the_console(desk: str, avis) -> str:
    return desk.replace("/desk", f"/clients/{avis.slug}")


def run_of(desk: str) -> UUID:
    return UUID(desk.split("/")[3])


def signed(desk, avis) -> None:
    worlds.signed(avis.id, run_of(desk))


def test_a_plan_is_proposed_on_the_console_and_signed_on_the_desk(plan_a_run, henna, tuula, avis):
    rooms = plan_a_run()
    desk = rooms.replace(f"/clients/{avis.slug}", "/desk")
    assert "Mistään ei ole vielä sovittu" in henna.get(rooms).text
    henna.post(action(henna.get(rooms), "propose-as-is"))
    tuula.post(action(tuula.get(desk), "sign"))
    page = tuula.get(desk).text
    assert "Molempien sopima" in page and page.count('class="signed"') >= 2
    assert all(f"<strong>{name}</strong>" in page for name in ("Henna", "Tuula"))


def test_every_page_of_a_run_shows_the_path(desk, kaisa):
    page = kaisa.get(desk.replace("/desk", "")).text
    assert 'class="path"' in page and 'aria-current="step"' in page
    assert "Suunnitelmasta sovitaan parhaillaan." in page


def test_a_change_shows_its_difference_to_the_other_party(desk, henna, tuula, avis):
    signed(desk, avis)
    change = tuula.get(f"{desk}/change")
    closes = re.search(r'name="views.closes_at" type="datetime-local" value="([^"]+)"', change.text)[1]
    later = closes[:11] + "15:30"
    tuula.post(action(change, "propose"), data={"views.closes_at": later, "why": "Kokous siirtyi."})
    page = henna.get(on_the_console(desk, avis)).text
    assert "Kokous siirtyi." in page and re.search(r"<del>[^<]+</del>", page)
    assert re.search(r"<ins>[^<]*15\.30</ins>", page)


def test_a_phase_closes_at_no_time_that_does_not_exist_and_far_off_only_when_it_is_meant(
    desk, henna, tuula, avis
):
    signed(desk, avis)
    form = action(tuula.get(f"{desk}/change"), "propose")
    gap = tuula.post(form, data={"views.closes_at": "2027-03-28T03:30", "why": "Kokous siirtyi."}).text
    assert "Tällaista aikaa ei ole" in gap and "Kokous siirtyi." in gap
    past = tuula.post(form, data={"views.closes_at": "2026-03-02T09:00"})
    assert 'name="views.closes_at.meant" value="2026-03-02T09:00"' in past.text
    far = {"aftercare.closes_at": "2036-03-03T09:00", "why": "Kokous siirtyi."}
    asked = tuula.post(form, data=far)
    assert 'name="aftercare.closes_at.meant" value="2036-03-03T09:00"' in asked.text
    assert "Kokous siirtyi." not in henna.get(on_the_console(desk, avis)).text
    tuula.post(form, data=far | {"aftercare.closes_at.meant": "2036-03-03T09:00"})
    assert "Kokous siirtyi." in henna.get(on_the_console(desk, avis)).text


def test_a_proposal_is_declined_with_a_reason(desk, henna, tuula, avis):
    rooms = on_the_console(desk, avis)
    henna.post(action(henna.get(rooms), "propose-as-is"))
    tuula.post(action(tuula.get(desk), "decline"), data={"reason": "Liian nopeasti."})
    page = henna.get(rooms).text
    assert "Liian nopeasti." in page and 'id="propose-as-is"' in page


def test_moving_on_early_asks_why_and_keeps_what_was_typed(desk, henna, tuula, avis):
    signed(desk, avis)
    page = henna.get(f"{on_the_console(desk, avis)}/ahead")
    assert "on vielä edessä" in page.text
    leaving = {"leaving": "planning", "in_minutes": "0"}
    refused = henna.post(action(page, "move-on"), data=leaving | {"reason": " "})
    assert refused.status_code == 200 and 'id="refusal"' in refused.text
    moved = henna.post(action(page, "move-on"), data=leaving | {"reason": "Kaikki ovat paikalla."})
    assert moved.status_code == 303
    page = tuula.get(desk).text
    assert "Kaikki ovat paikalla." in page and "Nyt: aloitusluento" in page


def test_an_employee_reads_the_plan_and_steers_nothing(desk, kaisa):
    assert kaisa.get(desk).status_code == 403
    page = kaisa.get(desk.replace("/desk", ""))
    assert page.status_code == 200 and 'id="move-on"' not in page.text
    assert (
        kaisa.post(f"{desk}/moves", data={"leaving": "planning", "reason": "Minä päätän."}).status_code == 403
    )


def test_a_colleague_of_the_consultancy_without_a_grant_stays_outside(desk, browse, consultancy, avis):
    other = browse(consultancy, "Sanna", roles=["lead"], host="console.polku.localhost")
    assert other.get(on_the_console(desk, avis)).status_code == 403


def test_pekka_sees_nothing_of_it(desk, browse, kelas):
    pekka = browse(kelas, "Pekka", roles=["coordinator"])
    assert pekka.get(desk).status_code == 404
    assert pekka.get(desk.replace("/desk", "")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"languages": []}, {"starts_at": "soon"}],
    ids=["no name", "no language", "no date"],
)
def test_a_run_that_cannot_be_keeps_what_was_typed(henna, avis, wrong):
    form = {"name": "Hybridityö", "starts_at": "2026-11-23T09:00", "languages": ["fi"]} | wrong
    answer = henna.post(f"/clients/{avis.slug}/runs", data=form)
    assert answer.status_code == 200 and 'id="refusal"' in answer.text
    assert f'value="{form["name"]}"' in answer.text


def test_a_proposal_does_not_undo_unseen_what_has_been_agreed_since_its_page_was_made(
    desk, henna, tuula, avis
):
    signed(desk, avis)
    rooms = on_the_console(desk, avis)
    first, second = henna.get(f"{rooms}/change"), henna.get(f"{rooms}/change")
    closing = dict(re.findall(r'name="(\w+\.closes_at)" type="datetime-local" value="([^"]+)"', first.text))
    views, other = "views.closes_at", next(name for name in closing if name != "views.closes_at")
    later = {name: closing[name][:11] + "15:30" for name in closing}
    assert henna.submit(first, "propose", **{views: later[views]}).status_code == 303
    assert tuula.submit(tuula.get(desk), "sign").status_code == 303

    refused = henna.submit(second, "propose", **{views: closing[views][:11] + "14:45"})
    assert "views.closes_at-meanwhile" in refused.text and closing[views][:11] + "14:45" in refused.text
    assert henna.submit(second, "propose", **{other: later[other]}).status_code == 303
    assert tuula.submit(tuula.get(desk), "sign").status_code == 303
    agreed = henna.get(f"{rooms}/change").text
    assert agreed.count(f'value="{later[views]}"') == agreed.count(f'value="{later[other]}"') == 1
