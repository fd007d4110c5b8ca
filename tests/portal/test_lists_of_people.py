"""People come in in three steps on the pages; nothing that was typed is lost, and nothing happens before it was looked at."""

import io
import re

import pytest

from tests.identity.sheets import xlsx
from tests.portal.lists import take_list_in, work

HEADINGS = "Nimi;Sähköposti;Yksikkö;Kieli;Puhelin\n"


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin", "coordinator"])


def upload(browser, content: bytes, name: str = "lista.xlsx", **more):
    sent = {"people": "", "file": (io.BytesIO(content), name)} | more
    return browser.post("/desk/people/list", data=sent, content_type="multipart/form-data")


def looked_at(browser, rows: str):
    """The third step, for pasted rows."""
    read = browser.post("/desk/people/list", {"people": rows})
    matched = browser.submit(browser.get(read.headers["Location"]), "columns")
    return browser.get(matched.headers["Location"])


def test_a_workbook_becomes_people_in_three_steps_and_nobody_before_the_third(sari, avis):
    rows = [
        ["Luettelo 2026"],
        ["Sukunimi", "Etunimi", "Osasto", "Sähköposti"],
        ["Aho", "Aino", "Tuki", f"aino@{avis.domain}"],
    ]
    read = upload(sari, xlsx(Henkilöt=rows))
    columns = sari.get(read.headers["Location"])
    assert "1 rivi luettiin" in columns.text and "taulukossa Henkilöt" in columns.text
    matched = sari.submit(columns, "columns")
    plan = sari.get(matched.headers["Location"])
    assert "Aino Aho" in plan.text and "Tuo 1 henkilö" in plan.text
    assert "Aino Aho" not in sari.get("/desk/people").text
    taken = sari.submit(plan, "decide", act="take_in")
    waiting = sari.get(taken.headers["Location"])
    assert "Luetteloa tuodaan" in waiting.text and waiting.headers["Refresh"] == "2"
    work()
    done = sari.get(taken.headers["Location"])
    assert "Luettelo on tuotu" in done.text and "Refresh" not in done.headers
    assert "Aino Aho" in sari.get("/desk/people").text


def test_columns_that_are_not_used_are_named_and_can_be_chosen(sari, avis):
    read = sari.post("/desk/people/list", {"people": HEADINGS + f"Aino;aino@{avis.domain};Tuki;fi;040"})
    page = sari.get(read.headers["Location"])
    assert "Ei käytössä: Puhelin." in page.text
    twice = sari.submit(page, "columns", **{"column-4": "unit"})
    assert twice.status_code == 422 and 'id="refusal"' in twice.text
    assert re.search(r'name="column-4".*?value="unit" selected', twice.text, re.S), "what was chosen stays"
    none = sari.submit(page, "columns", **{"column-1": ""})
    assert none.status_code == 422 and "sähköpostiosoitteet" in none.text
    sari.submit(page, "columns", **{"column-2": "", "column-4": "unit"})
    assert "040" in sari.get(f"{read.headers['Location']}/plan").text


def test_what_is_refused_is_said_with_its_row_and_the_rest_is_taken_in(sari, avis):
    rows = HEADINGS + f"Aino;aino@{avis.domain};;;\nBo;no address;;;\nCia;aino@{avis.domain};;;"
    page = looked_at(sari, rows)
    assert "Tämä ei ole sähköpostiosoite" in page.text and "no address" in page.text
    assert "Osoite on jo rivillä 2" in page.text
    done = take_list_in(sari, rows)
    assert "no address" in done.text and "Osoite on jo rivillä 2" in done.text
    people = sari.get("/desk/people").text
    assert "Aino" in people and "Cia" not in people


def test_an_unknown_language_is_asked_and_what_was_answered_stays(sari, avis):
    page = looked_at(sari, HEADINGS + f"Aino;aino@{avis.domain};;saame;")
    refused = sari.submit(page, "decide", act="take_in")
    assert refused.status_code == 422 and 'id="refusal"' in refused.text
    again = sari.get(sari.submit(page, "decide", act="look", **{"language:saame": "sv"}).headers["Location"])
    assert re.search(r'name="language:saame".*?value="sv" selected', again.text, re.S)
    assert sari.submit(again, "decide", act="take_in").status_code == 303


def test_what_looks_alike_is_said_and_decided(sari, avis):
    take_list_in(sari, HEADINGS + f"Aino Aho;aino@{avis.domain};Tuki;;")
    page = looked_at(sari, HEADINGS + f"Aino Aho;aho@{avis.domain};TUKI;;\nBo;bo@{avis.domain};;;")
    assert (
        "TUKI luetaan samaksi kuin Tuki" in page.text and f"Nyt osoitteella aino@{avis.domain}" in page.text
    )
    again = sari.get(
        sari.submit(page, "decide", act="look", left_out=["2"], apart=["unit:TUKI"]).headers["Location"]
    )
    assert re.search(r'id="left-out-2" checked', again.text) and "Tuo 1 henkilö" in again.text
    sari.submit(again, "decide", act="take_in")
    work()
    people = sari.get("/desk/people").text
    assert "Bo" in people and f"aho@{avis.domain}" not in people


def test_a_list_is_undone_on_its_page(sari, avis):
    done = take_list_in(sari, HEADINGS + f"Aino;aino@{avis.domain};;;")
    undone = sari.submit(done, "undo")
    work()
    page = sari.get(undone.headers["Location"])
    assert "Luettelo on peruttu" in page.text and "Aino" not in sari.get("/desk/people").text
    assert "peruttu" in sari.get("/desk/people/list").text


def test_a_list_is_thrown_away_and_its_address_says_so(sari, avis):
    read = sari.post("/desk/people/list", {"people": f"Aino;aino@{avis.domain}"})
    page = sari.get(read.headers["Location"])
    assert sari.submit(page, "discard").headers["Location"] == "/desk/people/list"
    assert sari.get(read.headers["Location"]).status_code == 404


@pytest.mark.parametrize("rows", ["", " \n ", ";;\n"])
def test_pasted_rows_that_hold_nothing_are_refused_with_a_sentence(sari, rows):
    answer = sari.post("/desk/people/list", {"people": rows})
    assert answer.status_code == 422 and 'id="refusal"' in answer.text


def test_what_was_pasted_stays_where_it_is_refused(sari):
    pasted = "\n".join(f"Nro {n};nro{n}@avi.example" for n in range(10_001))
    refused = sari.post("/desk/people/list", {"people": pasted})
    assert refused.status_code == 422 and "nro10000@avi.example</textarea>" in refused.text


@pytest.mark.parametrize(("content", "sentence"), [(b"%PDF-1.7", "PDF"), (b"PK\x03\x04", "laskentataulukko")])
def test_a_file_that_is_no_list_is_refused_at_its_field(sari, content, sentence):
    refused = upload(sari, content)
    assert refused.status_code == 422
    assert sentence in re.search(r'<div id="file-about">.*?</div>', refused.text, re.S)[0]


def test_a_file_and_pasted_rows_together_are_asked_back(sari):
    refused = upload(sari, b"a;b", people="Aino;aino@avi.example")
    assert refused.status_code == 422 and "Aino;aino@avi.example</textarea>" in refused.text


def test_a_list_that_is_over_leads_on_to_what_became_of_it(sari, avis):
    read = sari.post("/desk/people/list", {"people": f"Aino;aino@{avis.domain}"})
    plan = sari.submit(sari.get(read.headers["Location"]), "columns").headers["Location"]
    page = sari.get(plan)
    sari.submit(page, "decide", act="take_in")
    assert sari.get(plan).headers["Location"] == read.headers["Location"]
    assert sari.submit(page, "decide", act="take_in").headers["Location"] == read.headers["Location"]


def test_the_pages_are_in_the_organisations_languages_and_pekka_sees_none(sari, avis, browse, kelas):
    read = sari.post("/desk/people/list", {"people": HEADINGS + f"Aino;aino@{avis.domain};Tuki;fi;"})
    one = read.headers["Location"]
    for path in (one, f"{one}/plan"):
        titles = {
            re.search(r"<h1>(.*?)</h1>", sari.get(f"{path}?lang={code}").text)[1] for code in ("fi", "sv")
        }
        assert len(titles) == 2
    pekka = browse(kelas, "Pekka", roles=["admin"])
    assert pekka.get(one).status_code == 404 and pekka.get(f"{one}/plan").status_code == 404


def test_nobody_is_invited_before_somebody_says_so(sari, avis, browse):
    done = take_list_in(sari, HEADINGS + f"Aino;aino@{avis.domain};;;\nBo;bo@{avis.domain};;;")
    assert "Kukaan ei ole saanut sähköpostia" in done.text
    page = sari.get("/desk/people")
    assert "2 henkilöä on tuotu luettelosta" in page.text
    assert sari.submit(page, "invite").headers["Location"] == "/desk/people"
    after = sari.get("/desk/people").text
    assert "2 henkilöä on kutsuttu" in after and 'id="invite"' not in after


def test_one_person_is_added_without_a_list(sari, avis):
    page = sari.get("/desk/people/new")
    refused = sari.submit(page, "add-person", name="Aino Aho", email="no address")
    assert refused.status_code == 422 and 'value="Aino Aho"' in refused.text
    sari.submit(page, "add-person", name="Aino Aho", email=f"aino@{avis.domain}", unit="Tuki", language="sv")
    people = sari.get("/desk/people").text
    assert "Aino Aho" in people and "Tuki" in people and "1 henkilö on tuotu" in people
    sari.submit(sari.get("/desk/people/new"), "add-person", name="Aino", email=f"aino@{avis.domain}")
    assert "on jo täällä" in sari.get("/desk/people").text


def test_units_are_renamed_and_merged_on_a_page(sari, avis):
    take_list_in(sari, HEADINGS + f"Aino;aino@{avis.domain};Tuki;;\nBo;bo@{avis.domain};Tukitiimi;;")
    page = sari.get("/desk/people/places")
    tuki, tiimi = re.findall(r'id="rename-([0-9a-f-]{36})"', page.text)
    refused = sari.submit(page, f"rename-{tuki}", name="Tukitiimi")
    assert refused.status_code == 409 and f'id="name-{tuki}"' in refused.text
    assert sari.submit(page, f"rename-{tuki}", name="Tukipalvelut").status_code == 303
    assert sari.submit(sari.get("/desk/people/places"), f"merge-{tiimi}", into_id=tuki).status_code == 303
    after = sari.get("/desk/people/places").text
    assert "2 henkilöä" in after and "Tukitiimi" not in after
