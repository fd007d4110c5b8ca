"""Short names and bare host names that are not organisations'."""

import pytest

from services.identity.tenants.models.organisation import NotAnAddress, Organisation
from shared.database import sessions_of
from tests.identity.test_clients import inside


@pytest.mark.parametrize("slug", ["metrics", "login", "postgres", "xn--svi-8la"])
def test_nobody_opens_a_client_under_a_name_that_is_taken_for_ours_or_anothers(world, avi, slug):
    with sessions_of("identity")() as session, pytest.raises(NotAnAddress):
        Organisation.open(session, slug=slug, name="Aluevirasto", kind="client", languages=["fi"])


def test_a_bare_name_leads_to_nobody(avis):
    assert avis.door.get(f"/hosts/{avis.slug}").status_code == 404
    assert avis.door.get(f"/hosts/{avis.host}").status_code == 200


def test_an_act_that_no_button_has_reopens_no_way_in(avis, browse):
    sari = browse(avis)
    sari.sign_in(avis.employ("Sari", roles=["admin"]))
    door = inside(avis, avis.sign_in(f"sari-{avis.slug}"))
    way = door.get("/connections").json[0]["id"]
    assert sari.post(f"/desk/settings/ways-in/{way}/act", {"act": "anything"}).status_code == 303
    assert "Lomake jäi kesken" in sari.get("/home").text
