"""What is wrong with what somebody sent is said at the field, in their language, by the form that they sent."""

import pytest
from lxml import html


@pytest.fixture
def sari(browse, avis):
    return browse(avis, "Sari", roles=["admin", "coordinator"])


def sent(browser, path: str, typed: dict, language: str = "fi", came_from: str = ""):
    """The page that comes of it."""
    headers = {"Referer": browser.base + (came_from or path)}
    answer = browser.post(f"{path}?lang={language}", typed, headers=headers)
    if answer.status_code == 303:
        answer = browser.get(answer.headers["Location"], query_string={"lang": language})
    return html.document_fromstring(answer.text)


def said_at(page, id: str) -> str:
    """What somebody hears at this control, beyond its name and hint."""
    (control,) = page.xpath("//*[@id=$id]", id=id)
    ids = control.get("aria-describedby", "").split()
    return " ".join(page.get_element_by_id(each).text_content() for each in ids if each.endswith("-wrong"))


@pytest.fixture
def endpoint() -> dict:
    return {
        "name": "Intranet",
        "address": "https://intranet.example/polku",
        "types": ["polku.process.plan-agreed.v1"],
    }


def test_each_field_says_what_is_wrong_with_it_and_the_refusal_leads_there(sari, endpoint):
    page = sent(sari, "/desk/webhooks/new", endpoint | {"name": "x" * 81, "address": ""})
    assert said_at(page, "name") == "Kirjoita enintään 80 merkkiä."
    assert said_at(page, "address") == "Tämä tarvitaan. Täytä se."
    assert page.get_element_by_id("name").get("aria-invalid") == "true"
    assert page.get_element_by_id("name").get("value") == "x" * 81
    links = {link.get("href"): link.text for link in page.xpath("//*[@id='refusal']//a")}
    assert links["#name"].endswith(": Kirjoita enintään 80 merkkiä.") and len(links["#name"]) > 32
    assert "#address" in links


@pytest.mark.parametrize(
    ("language", "sentence"), [("fi", "Kirjoita enintään 80 merkkiä."), ("sv", "Skriv högst 80 tecken.")]
)
def test_it_is_said_in_the_readers_language(sari, endpoint, language, sentence):
    assert (
        said_at(sent(sari, "/desk/webhooks/new", endpoint | {"name": "x" * 81}, language), "name") == sentence
    )


def test_a_set_of_choices_says_it_under_its_legend(sari, endpoint):
    page = sent(sari, "/desk/webhooks/new", endpoint | {"types": ["x" * 101]})
    (group,) = page.xpath("//fieldset[.//*[@data-wrong]]")
    assert group[0].tag == "legend" and group[1].text == "Valitse jokin tässä tarjotuista."
    assert group[1].get("id") in group.get("aria-describedby")


def test_the_page_that_one_is_led_back_to_says_it_before_the_form_and_only_once(sari):
    page = sent(sari, "/me/language", {"language": "tlh"}, came_from="/me")
    assert said_at(page, "language") == "Valitse jokin tässä tarjotuista."
    assert page.get_element_by_id("own-language").getprevious().get("id") == "refusal"
    assert "refusal" not in sari.get("/me").text


def test_a_form_that_lacks_a_field_is_told_so_in_the_readers_language(sari):
    """Sent by hand: what no form of ours would leave out."""
    answer = sari.post("/me/language", {}, headers={"Referer": sari.base + "/me"})
    assert answer.status_code == 303
    page = html.document_fromstring(sari.get("/me?lang=sv").text)
    assert said_at(page, "language") == "Välj något av det som erbjuds här."


def test_a_rule_that_is_about_a_field_is_said_at_that_field(sari, endpoint):
    page = sent(sari, "/desk/webhooks/new", endpoint)
    assert said_at(page, "address").startswith("Tätä palvelimen nimeä ei tunneta.")
    assert not page.xpath("//*[@id='refusal']//a")  # it has said it itself


def test_a_page_that_answers_a_form_says_where_the_form_was(sari, endpoint):
    """So that loading it again sends nothing (static/shell.js)."""
    page = sent(sari, "/desk/webhooks/new", endpoint | {"name": ""})
    assert page.body.get("data-came-from") == "/desk/webhooks/new"
    assert "data-came-from" not in sari.get("/desk/webhooks/new").text
