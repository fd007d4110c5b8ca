"""Clients, people, access and ways in, on screens."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from services.identity.models import ConfirmationLink, Connection, Host
from services.identity.tenants.models.staff_access import today
from shared.contracts.process import PhaseOpened
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests import worlds
from tests.identity.houses import House, grant
from tests.portal.lists import take_list_in

CONSOLE = "console.polku.localhost"


@pytest.fixture
def henna(browse, consultancy):
    return browse(consultancy, "Henna", roles=["lead"], host=CONSOLE)


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin", "coordinator"])


def new_client(provider, **changed):
    slug = f"c{uuid4().hex[:10]}"
    return {
        "slug": slug,
        "name": "Aluevirasto",
        "languages": ["fi", "sv"],
        "issuer": provider.issuer,
        "client_id": f"polku-{slug}",
        "secret": "a secret",
        "domains": f"@{slug}.example, other.example",
        "admin_name": "Sari Lehto",
        "admin_email": f"sari@{slug}.example",
        "reason": "Leads the path.",
        "ends_on": (today() + timedelta(days=100)).isoformat(),
        "act": "open",
    } | changed


def organisation_at(slug: str) -> UUID:
    with acting_for(UUID(int=0)), sessions_of("identity")() as session:
        return session.get(Host, slug).organisation_id


def member_id(page, name: str) -> str:
    return re.search(rf'/people/([0-9a-f-]{{36}})">{name}<', page.text)[1]


def test_a_client_is_opened_on_a_screen_and_its_administrator_signs_in_once_it_is_confirmed(
    henna, browse, provider, world
):
    form = new_client(provider)
    assert 'id="open-client"' in henna.get("/clients/new").text
    answer = henna.post("/clients/new", form)
    assert answer.status_code == 303 and answer.headers["Location"] == f"/clients/{form['slug']}"
    assert "Aluevirasto" in henna.get(answer.headers["Location"]).text
    assert form["slug"] in henna.get("/clients").text
    house = House(organisation_at(form["slug"]), form["slug"], provider, world)
    house.confirm()
    sari = browse(house)
    sari.sign_in(house.employ("Sari"))
    page = sari.get("/desk/people")
    assert page.status_code == 200 and "Sari" in page.text
    assert "Henna" in sari.get("/desk/access").text and "Leads the path." in sari.get("/desk/access").text


def test_a_client_is_opened_with_the_names_of_its_groups_and_shows_its_return_address(
    henna, browse, provider, world
):
    form = new_client(provider, group_coordinator="Vetäjät; Polun johto", group_admin="Ylläpito")
    assert henna.post("/clients/new", form).status_code == 303
    house = House(organisation_at(form["slug"]), form["slug"], provider, world)
    house.confirm()
    tuula = browse(house)
    tuula.sign_in(house.employ("Tuula", roles=["Polun johto", "Ylläpito", "supervisor"]))
    settings = tuula.get("/desk/settings").text
    way = re.search(r'href="(/desk/settings/ways-in/([0-9a-f-]{36}))"', settings)
    page = tuula.get(way[1]).text
    assert 'value="Polun johto; Vetäjät"' in page and f"http://{house.host}/sign-in/back/{way[2]}" in page
    assert (
        f"http://{house.host}/sign-in/back/{way[2]}"
        in henna.get(way[1].replace("/desk", f"/clients/{form['slug']}")).text
    )


def test_what_was_typed_stays_when_a_client_cannot_be_opened(henna, provider):
    answer = henna.post("/clients/new", new_client(provider, slug="console"))
    assert answer.status_code == 422 and 'id="refusal"' in answer.text
    assert 'value="Aluevirasto"' in answer.text and "Leads the path." in answer.text
    assert "a secret" not in answer.text


def test_the_provider_can_be_looked_at_before_opening(henna, provider):
    answer = henna.post("/clients/new", new_client(provider, act="look"))
    assert answer.status_code == 200 and "notice good" in answer.text


def test_only_those_who_lead_open_clients(browse, consultancy, provider):
    eeva = browse(consultancy, "Eeva", roles=["editor"], host=CONSOLE)
    assert eeva.get("/clients").status_code == 200
    assert eeva.get("/clients/new").status_code == 403
    assert eeva.post("/clients/new", new_client(provider)).status_code == 403


def test_people_are_taken_in_from_a_spreadsheet_and_given_roles(sari, avis):
    rows = f"Nimi\tSähköposti\tYksikkö\tToimipaikka\nAino Korhonen\taino@{avis.domain}\tTyösuojelu\tOulu\n"
    assert "Luettelo on tuotu" in take_list_in(sari, rows).text
    page = sari.get("/desk/people?words=aino")
    aino = member_id(page, "Aino Korhonen")
    assert "Työsuojelu" in page.text and "Oulu" in page.text
    person = sari.get(f"/desk/people/{aino}")
    assert sari.submit(person, "change", unit_id="", site_id="").status_code == 303
    assert sari.submit(person, "role-supervisor", act="give").status_code == 303
    assert "Työsuojelu</td>" not in sari.get("/desk/people?words=aino").text
    assert member_id(sari.get("/desk/people?role=supervisor"), "Aino Korhonen") == aino


@pytest.mark.parametrize(
    "rows",
    [
        "Aino;aino@{0};Työsuojelu;Oulu;fi",
        "name,email\nAino,aino@{0}",
        "\n\nAino\taino@{0}\n",
        "E-postadress;Namn\naino@{0};Aino",
    ],
)
def test_lists_come_with_tabs_semicolons_or_commas_with_or_without_a_heading(sari, avis, rows):
    take_list_in(sari, rows.format(avis.domain))
    assert member_id(sari.get("/desk/people?words=aino"), "Aino")


def test_a_coordinator_moves_people_but_the_page_offers_no_roles(browse, avis, sari):
    tuula = browse(avis, "Tuula", roles=["coordinator"])
    page = tuula.get("/desk/people?words=sari")
    one = tuula.get(f"/desk/people/{member_id(page, 'Sari')}")
    assert one.status_code == 200 and 'id="roles"' not in one.text
    assert tuula.get("/desk/settings").status_code == 403


def test_two_administrators_who_each_give_a_role_both_do(sari, avis):
    take_list_in(sari, f"Aino\taino@{avis.domain}\n")
    aino = f"/desk/people/{member_id(sari.get('/desk/people?words=aino'), 'Aino')}"
    saris, elinas = sari.get(aino), sari.get(aino)
    assert sari.submit(saris, "role-supervisor", act="give").status_code == 303
    assert sari.submit(elinas, "role-designer", act="give").status_code == 303
    both = sari.get(aino)
    assert both.text.count('value="take"') == 2
    assert sari.submit(both, "role-designer", act="take").status_code == 303
    assert sari.get(aino).text.count('value="take"') == 1


def test_of_two_who_move_a_person_the_second_sees_where_to_and_chooses(sari, avis):
    rows = f"name,email,unit,site\nAino,aino@{avis.domain},Hallinto,Oulu\nB,b@{avis.domain},Tuki,Turku\nC,c@{avis.domain},Talous,Oulu"
    take_list_in(sari, rows)
    aino = f"/desk/people/{member_id(sari.get('/desk/people?words=aino'), 'Aino')}"
    first, second = sari.get(aino), sari.get(aino)
    places = {name: value for value, name in re.findall(r'<option value="([^"]*)"[^>]*>(\w+)<', first.text)}
    sari.submit(first, "change", unit_id=places["Tuki"])
    assert sari.submit(second, "change", site_id=places["Turku"]).status_code == 303
    refused = sari.submit(second, "change", unit_id=places["Talous"])
    assert refused.status_code == 409
    assert re.search(r'id="unit_id-meanwhile">.*?<p class="words">Tuki</p>', refused.text, re.S)
    assert (
        f'<option value="{places["Talous"]}" selected>' in refused.text
        and "site_id-meanwhile" not in refused.text
    )
    assert sari.submit(refused, "change", take="unit_id").status_code == 303
    row = re.search(r">Aino<.*?</tr>", sari.get("/desk/people?words=aino").text, re.S)[0]
    assert "Tuki" in row and "Turku" in row


@pytest.mark.parametrize("was", ["", "no JSON", "[]", "[" * 100])
def test_a_form_that_carries_something_else_is_not_complete(sari, avis, was):
    take_list_in(sari, f"name,email,unit\nAino,aino@{avis.domain},Tuki")
    aino = f"/desk/people/{member_id(sari.get('/desk/people?words=aino'), 'Aino')}"
    answer = sari.submit(sari.get(aino), "change", unit_id="", was=was)
    assert answer.headers.get("Location") != "/desk/people"
    assert "Tuki</td>" in sari.get("/desk/people?words=aino").text


def test_employees_and_pekka_see_no_people(browse, avis, kelas, sari):
    kaisa, pekka = browse(avis), browse(kelas)
    kaisa.come_in(avis.employ("Kaisa"))
    pekka.come_in(kelas.employ("Pekka", roles=["admin", "coordinator"]))
    assert kaisa.get("/desk/people").status_code == 403
    theirs = member_id(sari.get("/desk/people?words=sari"), "Sari")
    assert "Sari" not in pekka.get("/desk/people").text
    assert pekka.get(f"/desk/people/{theirs}").status_code == 404


def test_the_client_ends_access_and_the_colleague_is_out(sari, henna, browse, avis, consultancy):
    grant(avis, consultancy, consultancy.member(henna.cookie("visit")), "lead")
    jari = browse(consultancy, "Jari", roles=["facilitator"], host=CONSOLE)
    page = henna.get(f"/clients/{avis.slug}/access")
    assert 'id="grant"' in page.text
    whom = consultancy.member(jari.cookie("visit"))
    form = {
        "staff_id": whom,
        "roles": ["facilitator"],
        "reason": "Workshops.",
        "ends_on": today().isoformat(),
    }
    assert henna.post(f"/clients/{avis.slug}/access", form | {"reason": ""}).status_code == 422
    assert henna.post(f"/clients/{avis.slug}/access", form).status_code == 303
    assert jari.get(f"/clients/{avis.slug}/people").status_code == 200
    seen = sari.get("/desk/access").text
    end = re.search(
        r'action="(/desk/access/[0-9a-f-]{36}/end)" id="end-[0-9a-f-]{36}">(?=(?:(?!</form>).)*Jari)',
        seen,
        re.S,
    )[1]
    assert sari.post(end).status_code == 303
    assert jari.get(f"/clients/{avis.slug}/people").status_code == 403
    assert sari.post("/desk/access", form).status_code == 405


def test_who_leads_the_consultancy_sees_and_changes_its_own_ways_in(henna, browse, consultancy, sari):
    assert henna.get("/settings").headers["Location"] == "/consultancy/settings"
    assert 'href="/consultancy/settings"' in henna.get("/cockpit").text
    page = henna.get("/consultancy/settings").text
    assert "Konsulttitalon asetukset" in page
    way = re.search(r'href="(/consultancy/settings/ways-in/[0-9a-f-]{36})"', page)[1]
    shown = henna.get(way).text
    assert 'name="group_lead"' in shown and 'name="group_admin"' not in shown and "still_gets_in" not in shown
    kept = {
        "issuer": consultancy.provider.issuer,
        "client_id": "polku-tyohuone",
        "domains": "tyohuone.example",
    }
    groups = {f"group_{role}": role for role in ("lead", "facilitator", "editor")}
    assert henna.post(way, kept | groups | {"name": "Oma talo"}).status_code == 303
    henna.come_in(consultancy.employ("Henna", roles=["lead"]))
    assert "Oma talo" in henna.get("/consultancy/settings").text
    assert 'value="editor"' in henna.get(way).text
    assert sari.get("/settings").headers["Location"] == "/desk/settings"
    assert sari.get("/consultancy/settings").status_code == 404


def test_nobody_else_of_the_consultancy_does(browse, consultancy):
    eero = browse(consultancy, "Eero", roles=["facilitator"], host=CONSOLE)
    assert eero.get("/consultancy/settings").status_code == 403
    assert "/consultancy/settings" not in eero.get("/cockpit").text


def test_an_administrator_sets_up_another_way_in_and_tests_it(sari, avis):
    assert sari.get("/desk/settings").status_code == 200
    form = {
        "name": "Kumppanit",
        "issuer": avis.provider.issuer,
        "client_id": "second",
        "domains": "kumppani.example",
    }
    form |= {"claim_unit": "department", "group_coordinator": "Vetäjät", "act": "save"}
    assert sari.post("/desk/settings/ways-in", form | {"issuer": "http://other.example"}).status_code == 422
    assert sari.post("/desk/settings/ways-in", form | {"act": "look"}).status_code == 200
    assert sari.post("/desk/settings/ways-in", form).status_code == 303
    page = sari.get("/desk/settings").text
    way = re.search(r'href="(/desk/settings/ways-in/[0-9a-f-]{36})">Kumppanit', page)[1]
    assert 'value="department"' in sari.get(way).text and 'value="Vetäjät"' in sari.get(way).text
    assert "notice good" in sari.post(f"{way}/act", {"act": "test"}).text
    assert 'id="ways-in"' in sari.get("/sign-in").text
    sari.post(f"{way}/act", {"act": "close"})
    assert sari.get("/sign-in").status_code == 303
    assert sari.post(way, form | {"name": "Uusi nimi"}).status_code == 303
    assert "Uusi nimi" in sari.get("/desk/settings").text


def test_an_administrator_changes_name_and_host_names(sari, avis, zone):
    form = {"name": "Uusi virasto", "languages": ["fi"], "colour": "#112233"}
    assert sari.post("/desk/settings", form).status_code == 303
    assert "Uusi virasto" in sari.get("/desk/people").text
    assert sari.post("/desk/settings", form | {"colour": "blue"}).status_code == 422
    own = f"polku.{avis.domain}"
    assert sari.post("/desk/settings/hosts", {"name": own}).status_code == 303
    assert sari.post("/desk/settings/hosts", {"name": "not a host"}).status_code == 422
    page = sari.get("/desk/settings").text
    record, token = re.search(
        rf"<code>(_polku.{own})</code>.*?<code>(polku-verification=\w+)</code>", page, re.S
    ).groups()
    not_yet = sari.post("/desk/settings/hosts", {"name": own, "act": "prove"})
    assert not_yet.status_code == 409 and "DNS" in not_yet.text
    zone.records[record] = [token]
    assert sari.post("/desk/settings/hosts", {"name": own, "act": "prove"}).status_code == 303
    assert record not in sari.get("/desk/settings").text, "a proven name needs no instruction"
    assert sari.post("/desk/settings/hosts", {"name": own, "act": "give_up"}).status_code == 303
    assert own not in sari.get("/desk/settings").text


def test_kaisa_sees_takes_along_and_erases_what_is_known_about_her(browse, avis):
    kaisa = browse(avis, "Kaisa", unit="Työsuojelu")
    assert f"kaisa@{avis.domain}" in kaisa.get("/me").text
    assert kaisa.get("/me/data.json").json["member"]["name"] == "Kaisa"
    assert kaisa.post("/me/language", {"language": "sv"}).status_code == 303
    assert 'lang="sv"' in kaisa.get("/me").text
    assert kaisa.post("/me/erasure", {}).headers["Location"] == "/me"
    assert kaisa.post("/me/erasure", {"sure": "yes"}).headers["Location"] == "/signed-out"
    assert kaisa.get("/me").status_code == 303


def test_kaisa_sees_on_which_path_she_is_counted(browse, avis, world):
    kaisa = browse(avis, "Kaisa", unit="Työsuojelu")
    run = worlds.planned(avis.id)
    with acting_for(avis.id):
        world.hear("identity", PhaseOpened(run_id=run, phase="views", activities=["give_views"]))
    page = kaisa.get("/me").text
    assert "Sinut lasketaan mukaan" in page and "Työsuojelu" in page.partition("Sinut lasketaan mukaan")[2]
    (said,) = kaisa.get("/me/data.json").json["said_without_a_name"]
    assert (said["run_id"], said["name"]) == (str(run), "Hybridityö")


def test_all_pages_of_people_and_settings_are_in_the_three_languages(sari, henna, avis, consultancy):
    grant(avis, consultancy, consultancy.member(henna.cookie("visit")), "lead")
    at_the_desk = (
        "/desk/people",
        "/desk/people/list",
        "/desk/access",
        "/desk/settings",
        "/desk/settings/ways-in",
        "/me",
    )
    at_the_console = ("/clients", "/clients/new", f"/clients/{avis.slug}", f"/clients/{avis.slug}/people")
    for browser, paths in ((sari, at_the_desk), (henna, (*at_the_console, f"/clients/{avis.slug}/settings"))):
        for path in paths:
            finnish, swedish = (browser.get(f"{path}?lang={language}") for language in ("fi", "sv"))
            assert (finnish.status_code, swedish.status_code) == (200, 200), path
            titles = {re.search(r"<h1>(.*?)</h1>", page.text, re.S)[1] for page in (finnish, swedish)}
            assert len(titles) == 2 or path.endswith(avis.slug), path


def test_where_answers_to_mails_go_is_set_among_the_settings_and_refused_beside_its_field(sari):
    wanted = {"name": "Aluevirasto", "languages": ["fi", "sv"], "colour": "#1d4a43"}
    refused = sari.post("/desk/settings", wanted | {"reply_to": "no address at all"})
    control = re.search(r'<input id="reply_to"[^>]*>', refused.text)[0]
    assert refused.status_code == 422 and 'aria-invalid="true"' in control
    assert 'value="no address at all"' in control and 'aria-describedby="reply_to-about"' in control
    assert sari.post("/desk/settings", wanted | {"reply_to": "hybrid@avi.example"}).status_code == 303
    assert 'value="hybrid@avi.example"' in sari.get("/desk/settings").text


# ways in: whose they are, and how they are confirmed


def way_pages(browser, prefix="/desk/settings") -> list[str]:
    return re.findall(rf'href="({prefix}/ways-in/[0-9a-f-]{{36}})"', browser.get(prefix).text)


def new_way(avis, **changed):
    about = {"name": "Toinen", "issuer": avis.provider.issuer, "client_id": "polku-2", "secret": "s"}
    return about | {"domains": avis.domain, "act": "save"} | changed


def link_of(house) -> str:
    with acting_for(house.id), sessions_of("identity")() as session:
        link = session.query(ConfirmationLink).one()
        return f"/ways-in/{link.id}/{link.secret}"


def test_the_mailed_link_shows_what_it_confirms_and_asks_before_it_does(sari, avis, kelas, browse):
    assert sari.post("/desk/settings/ways-in", new_way(avis)).status_code == 303
    link, somebody = link_of(avis), browse(avis)  # who follows it is not signed in
    for _again in range(2):  # as mail filters do
        page = somebody.get(link)
        assert page.status_code == 200 and avis.provider.issuer in page.text and "polku-2" in page.text
    assert browse(kelas).get(link).status_code == 404
    assert somebody.post(link).status_code == 200
    over = somebody.get(link)
    assert over.status_code == 404 and 'id="refusal"' in over.text


def test_a_used_way_in_shows_its_issuer_and_offers_no_field_for_it(sari, avis):
    (address,) = way_pages(sari)
    page = sari.get(address).text
    assert avis.provider.issuer in page and 'id="issuer"' not in page and 'id="client_id"' not in page
    forged = new_way(avis, issuer="https://evil.example")
    refused = sari.post(address, forged)
    assert refused.status_code == 409 and 'id="refusal"' in refused.text and 'value="Toinen"' in refused.text


def test_the_last_way_in_asks_who_can_still_get_in_and_keeps_what_was_typed(sari, avis):
    (address,) = way_pages(sari)
    refused = sari.post(f"{address}/act", {"act": "close", "still_gets_in": "Kaisa Niemi"})
    assert (
        refused.status_code == 422
        and 'value="Kaisa Niemi"' in refused.text
        and "aria-invalid" in refused.text
    )
    assert sari.get(address).status_code == 200


def test_both_sides_see_what_was_changed_and_the_lead_can_change_nothing(sari, henna, avis, consultancy):
    grant(avis, consultancy, consultancy.member(henna.cookie("visit")), "lead")
    sari.post("/desk/settings/ways-in", new_way(avis))
    rooms = f"/clients/{avis.slug}/settings"
    for page in (sari.get("/desk/settings").text, henna.get(rooms).text):
        assert re.search(r"<strong>Toinen: [^<]+</strong>", page) and "Sari" in page
    assert '/ways-in"' in sari.get("/desk/settings").text and f'{rooms}/ways-in"' not in henna.get(rooms).text
    for address in way_pages(henna, rooms):
        page = henna.get(address).text
        assert 'id="way-in"' not in page and 'id="close"' not in page and 'id="confirm-way"' not in page
        assert henna.post(address, new_way(avis)).status_code == 403
    assert henna.post(f"{rooms}/ways-in", new_way(avis, name="Hennan")).status_code == 403


def test_the_page_says_by_when_a_way_in_from_before_has_to_be_proven(sari, avis):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(Connection).values(confirmed_on=None, prove_by=today() + timedelta(days=90)))
    (address,) = way_pages(sari)
    assert "_polku." in sari.get(address).text and 'value="link"' in sari.get(address).text


def test_two_administrators_describe_the_organisation_and_its_way_in_without_undoing_each_other(sari, avis):
    page, again = sari.get("/desk/settings"), sari.get("/desk/settings")
    assert sari.submit(page, "describe", name="Lupavirasto").status_code == 303
    assert sari.submit(again, "describe", colour="#2f5d8c").status_code == 303
    both = sari.get("/desk/settings").text
    assert 'value="Lupavirasto"' in both and 'value="#2f5d8c"' in both
    refused = sari.submit(again, "describe", name="Tarkastusvirasto")
    assert refused.status_code == 409 and '<p class="words">Lupavirasto</p>' in refused.text
    answers = f"polku@{avis.domain}"
    assert sari.submit(sari.get("/desk/settings"), "describe", reply_to=answers).status_code == 303
    assert sari.submit(again, "describe", colour="#2f5d8c").status_code == 303
    assert f'value="{answers}"' in sari.get("/desk/settings").text

    way = re.search(r'href="(/desk/settings/ways-in/[0-9a-f-]{36})"', both)[1]
    first, second = sari.get(way), sari.get(way)
    assert sari.submit(first, "way-in", group_designer="Graafikot").status_code == 303
    sari.come_in(avis.employ("Sari", roles=["admin", "coordinator"]))  # a change signs everybody out
    refused = sari.submit(second, "way-in", group_designer="", name="Tunnukset", group_admin="Graafikot")
    assert refused.status_code == 409 and 'id="groups-meanwhile"' in refused.text
    assert 'value="Tunnukset"' in refused.text
